"""What `import securos_trigger` gives beside the classes, which their own tests cover."""

from __future__ import annotations

from importlib.metadata import version

import pytest

import securos_trigger


def test_the_package_says_its_version() -> None:
    assert securos_trigger.__version__ == version("securos-trigger")


@pytest.mark.parametrize("thing", [None, 3, ["count > 0"]])
def test_a_condition_of_anything_but_a_text_is_refused_with_an_example(thing: object) -> None:
    with pytest.raises(TypeError) as caught:
        securos_trigger.Condition(thing)  # type: ignore[arg-type]
    kind = type(thing).__name__
    assert str(caught.value) == f'a condition is a text, such as "count > 0"; this is {kind}'
