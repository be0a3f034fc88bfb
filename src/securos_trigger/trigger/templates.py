"""Templates of an event's name and description: Jinja2, sandboxed, compiled once, cut to a length.

`sandbox` says what a template may reach, `budget` and `growth` what it may cost, `template_advice` what to write
instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import TemplateSyntaxError, nodes

from securos_trigger.errors import TemplateError
from securos_trigger.model.event_texts import clean_text
from securos_trigger.trigger.sandbox import Sandbox
from securos_trigger.trigger.template_advice import certain_failures, syntax_sentence
from securos_trigger.trigger.texts import MAX_SOURCE_CHARACTERS, Rendering


class Template:
    """One compiled template. `render` never raises: a failure is in the result."""

    def __init__(self, source: str, *, max_characters: int, fallback: str = "") -> None:
        """Compile `source`. TemplateError says which line cannot be read, and why."""
        if len(source) > MAX_SOURCE_CHARACTERS:
            raise TemplateError(
                f"the template has {len(source)} characters; at most {MAX_SOURCE_CHARACTERS} are allowed"
            )
        self.source = source
        self._max_characters = max_characters
        self._fallback = fallback
        self._environment = Sandbox()
        try:
            tree = self._environment.parse(source)
            #: The names the template reads; only these are handed to it.
            self.names = frozenset(name.name for name in tree.find_all(nodes.Name) if name.ctx == "load")
            used = {name: made for name, made in self._environment.globals.items() if name in self.names}
            self._template = self._environment.from_string(tree, used)
            self._template.globals = used  # without the views that Jinja puts over them: each rendering copies these
        except TemplateSyntaxError as error:
            known = self._environment.tests if "test named" in (error.message or "") else self._environment.filters
            raise TemplateError(syntax_sentence(source, error, known)) from None
        except (RecursionError, SyntaxError, ValueError, OverflowError) as error:
            raise TemplateError(f"the template cannot be compiled: {error}") from None

    def require_possible(self) -> None:
        """TemplateError for a template that fails on every frame, whatever the metadata is."""
        failures = certain_failures(self.source, self._environment.parse(self.source), self._environment)
        if not failures and not self.names and (error := self.render({}, {}).error):
            failures = [f"the template fails on every frame: {error.partition(': ')[2]}"]
        if failures:
            raise TemplateError("\n".join(failures))

    @property
    def steps(self) -> int:
        """The steps that the last rendering took (`budget`)."""
        return self._environment.budget.steps

    @property
    def characters(self) -> int:
        """The characters that the last rendering made on its way (`budget`)."""
        return self._environment.budget.characters

    def render(self, variables: Mapping[str, Any], metadata: Mapping[Any, Any]) -> Rendering:
        """Render with `variables` first and the metadata's top level behind them. Cut at a character boundary."""
        environment = self._environment
        environment.start()
        values = {}
        pieces: list[str] = []
        length = 0
        try:
            for name in self.names:
                if name in variables:
                    values[name] = variables[name]
                elif name in metadata:
                    values[name] = metadata[name]
            for piece in self._template.root_render_func(self._template.new_context(values)):
                pieces.append(piece)
                length += len(piece)
                if length >= self._max_characters:
                    break
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  whatever foreign data raises (SystemExit too), the event goes out
            return Rendering(self._fallback, environment.printed_undefined, f"{type(error).__name__}: {error}")
        return Rendering(clean_text("".join(pieces), self._max_characters), environment.printed_undefined)
