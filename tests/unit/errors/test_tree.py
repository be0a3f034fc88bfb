"""Every error on purpose: its place in the tree, and a text that teaches."""

from __future__ import annotations

import inspect

import pytest

from securos_trigger import errors
from securos_trigger.errors import (
    ArgumentError,
    ConditionError,
    ConfigurationChangedError,
    ConfigurationError,
    ConflictError,
    ConsoleError,
    FeedLostError,
    FeedRefusedError,
    FramesLostError,
    MessageError,
    MissingPartError,
    Mistake,
    NotFoundError,
    OutboxError,
    OutboxOwnedError,
    OutcomeUnknownError,
    PlacementError,
    RecordingError,
    SecurosTriggerError,
    SimulatorError,
    TemplateError,
    VideoError,
    extra_of,
    missing_part,
)

TREE = {
    ArgumentError: SecurosTriggerError,
    ConditionError: SecurosTriggerError,
    ConfigurationChangedError: ConfigurationError,
    ConfigurationError: SecurosTriggerError,
    FeedLostError: SecurosTriggerError,
    FeedRefusedError: FeedLostError,
    FramesLostError: VideoError,
    ConflictError: SecurosTriggerError,
    ConsoleError: SecurosTriggerError,
    NotFoundError: ArgumentError,
    MessageError: SecurosTriggerError,
    MissingPartError: SecurosTriggerError,
    OutboxError: SecurosTriggerError,
    OutboxOwnedError: OutboxError,
    OutcomeUnknownError: OutboxError,
    PlacementError: SecurosTriggerError,
    RecordingError: SecurosTriggerError,
    SecurosTriggerError: Exception,
    SimulatorError: SecurosTriggerError,
    TemplateError: SecurosTriggerError,
    VideoError: SecurosTriggerError,
}


def test_every_error_has_its_place_in_the_tree_and_in_its_drawing() -> None:
    defined = {cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, Exception)}
    assert {cls: cls.__bases__[0] for cls in defined} == TREE
    assert all(cls.__name__ in (errors.__doc__ or "") for cls in defined)
    assert all(cls.__doc__ for cls in defined)


@pytest.mark.parametrize(
    ("mistakes", "source", "text"),
    [
        ([Mistake("a", "is wrong")], "", "The configuration has 1 mistake:\n  a: is wrong"),
        (
            [Mistake("a", "is wrong", "Fix it."), Mistake("", "is torn")],
            "site.toml",
            "site.toml: 2 mistakes:\n  a: is wrong\n      Fix it.\n  is torn",
        ),
    ],
)
def test_a_configuration_error_lists_every_mistake(mistakes: list[Mistake], source: str, text: str) -> None:
    assert str(ConfigurationError(mistakes, source)) == text


def test_a_condition_error_shows_the_place() -> None:
    error = ConditionError("expected a value here", "a >", 3)
    assert str(error) == "expected a value here\n    a >\n       ^"


def test_a_missing_module_names_its_extra_and_the_command_that_installs_it() -> None:
    assert extra_of("scipy") == "video"
    assert extra_of("prometheus_client") == "metrics"
    assert extra_of("securos_trigger.gone") is extra_of(None) is None
    assert str(missing_part("video", "av")) == (
        "This needs av, which the extra video brings.\n    pip install 'securos-trigger[video]'"
    )
