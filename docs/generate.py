"""Writes the parts of docs/ that come from the code: `make docs`. A test compares them with what stands there."""

from __future__ import annotations

import json
import logging
import re
import textwrap
from pathlib import Path
from typing import get_args

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from securos_trigger.analytics.declarations import DECLARATIONS, NodeDeclaration
from securos_trigger.analytics.settings import NodeSettings
from securos_trigger.config.console_settings import ConsoleSettings
from securos_trigger.config.images_settings import ImagesSettings
from securos_trigger.config.settings import IdentitySettings, LedgerSettings, MetricsSettings, OutboxSettings
from securos_trigger.health.settings import HealthSettings
from securos_trigger.inputs.device_connection import DeviceConnection
from securos_trigger.inputs.kinds import KINDS as KINDS_OF_INPUTS
from securos_trigger.inputs.kinds import load_kind
from securos_trigger.inputs.mapping import MessageMapping
from securos_trigger.inputs.stream_connection import StreamConnection
from securos_trigger.metrics.declarations import METRICS
from securos_trigger.notices import FIELDS, KINDS
from securos_trigger.notices.fixes import FIXES
from securos_trigger.trigger.properties import TriggerProperties, json_schema
from securos_trigger.video.settings import SinkSettings, SourceSettings

DOCS = Path(__file__).parent

#: Columns of a terminal, in which pages are read as files.
_WIDTH = 80
#: A space at which no line may end.
_KEPT_SPACE = "\ue000"
#: What would begin a list, a heading or a quotation at the start of a line.
_MARKER = re.compile(r" (?=(?:[-*+>]|#+|\d+[.)])(?: |$))")


def _item(what: str, text: str) -> str:
    """An item of a list that explains `what`, folded."""
    return _folded(f"{what}: {text}")


def _folded(text: str) -> str:
    """An item of a list, folded. What stands in backticks stays on one line where that is wide enough."""
    kept = _MARKER.sub(_KEPT_SPACE, text)
    kept = re.sub(r"`[^`]+`", lambda code: _short(code[0]), kept)
    lines = textwrap.wrap(
        kept, _WIDTH, initial_indent="* ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines).replace(_KEPT_SPACE, " ") + "\n"


def _short(code: str) -> str:
    return code.replace(" ", _KEPT_SPACE) if len(code) < _WIDTH - 4 else code


_HEAD = """\
# Properties of the trigger node

<!-- Written by `make docs` from trigger/properties.py. Edit there. -->

These are the settings of a node with `type = "trigger_securos_event"`, and the
arguments of `securos_trigger.TriggerSecurOSEvent`. The first twelve have the
names, types and defaults of Lumeo's node, so a configuration can be moved over
unchanged. `securos-trigger schema` prints them as JSON Schema.

"""

_TAIL = """
## Where the secret comes from

```toml
iss_password = { file = "/run/credentials/securos-trigger/token" }   # the first line of a file
iss_password = { env = "SECUROS_TOKEN" }                             # an environment variable
iss_password = "…"                                                   # the text itself: for a first try
```

## What templates can show

`event_name` and `event_description` are
[Jinja2](https://jinja.palletsprojects.com) templates, sandboxed and compiled at
the start. They see:

* **`nodes`, `objects`, any custom property**: the frame's metadata
  ([metadata.md](metadata.md)); also below `meta.`.
* `event`: with `built_in`: the upstream node's event record.
* `deployment_id` `deployment_name` `application_id` `application_name`
  `gateway_id` `gateway_name`: from the table `[identity]`, or `context=` in
  Python.
* `node_id`, `source_name`: the trigger node's id, the name of the frame's
  source.
* `frame_time`: when the frame was read: a UTC time,
  `{{ frame_time.strftime("%H:%M:%S") }}`.

A dot always means an item of the data, never a method of it:
`{{ nodes.z.items }}` is the field `items`. What is undefined renders empty, and
the event is flagged `undefined`. A template that fails on a frame loses
nothing: the event goes out with a fallback text, flagged `template_error`. So
does an event whose name comes out empty. A template that fails on every frame,
whatever the metadata is, is a mistake in the configuration: `{{ now() }}`,
`{% include %}`.

Everything else is as in Jinja2's own sandbox: `loop`, `range`, `cycler`,
`joiner`, `namespace`, `dict`, macros, blocks and all filters and tests. Other
templates cannot be included. Methods of texts, numbers, times and lists may be
called (`{{ label.upper() }}`), those of objects not: write
`{{ nodes.z|items }}` instead of `{{ nodes.z.items() }}`. Fields of dataclasses,
named tuples and models are read like items.

An operator sees the text as it is meant: control characters and the signs that
turn the direction of writing are left out, and a cut tears no emoji and no
accent from its letter.

One rendering may take 20,000 steps (passes of loops, calls, filters) and make
400,000 characters on its way, one text may have 100,000 characters, and one
list or object 20,000 values. `striptags`, `title`, `tojson`, `urlize`,
`wordwrap` and `xmlattr` read at most 16,384 characters. Beyond that the
template fails on this frame.
"""


def properties_page() -> str:
    """docs/properties.md, whole."""
    schema = json_schema()
    items = ""
    for name, field in TriggerProperties.model_fields.items():
        shown = "" if field.default in (None, "") else f", by default `{json.dumps(field.default)}`"
        items += _item(f"`{name}`, {_type_of(schema, name)}{shown}", str(field.description))
    return _HEAD + items + _TAIL


def _type_of(schema: dict[str, object], name: str) -> str:
    properties = schema["properties"]
    assert isinstance(properties, dict)
    field = properties[name]
    if "$ref" in field or "enum" in field or "allOf" in field:
        return "choice"
    if name == "iss_password":
        return "secret"
    kind = field.get("type") or " or ".join(part["type"] for part in field["anyOf"] if part.get("type") != "null")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


_NOTICES_HEAD = """\
# Notices

<!-- Written by `make docs` from notices/kinds.py. Edit there. -->

A notice is one thing that the service reports: a line of the log, with a
constant name and fields. A trouble is reported when it begins and when it ends,
not at every attempt. `--quiet` leaves out what is below a warning. The line of
a trouble ends with `fix`: what a person can do about it. A line that would be
too long to read has the beginning of what another place has whole: of the name,
the cameras and the id of an event, which `securos-trigger outbox show` has, and
of the pipelines and targets of `service_started`, such as
`pipelines="gate,yard and 30 more"`, which `securos-trigger status` has.

To look one up in a terminal: `grep -A8 source_behind notices.md`.

```
2026-11-22T14:03:07.120Z ERROR disk_almost_full path=/var/lib/site/outbox.db free_mb=41 fix="`securos-trigger status site.toml`"
```
"""

_METRICS_BEGIN = "<!-- This list is written by `make docs` from src/securos_trigger/metrics/declarations.py. -->\n"
_METRICS_END = "<!-- The end of the list. -->\n"


def notices_page() -> str:
    """docs/notices.md, whole."""
    text = _NOTICES_HEAD
    for area in dict.fromkeys(kind.area for kind in KINDS.values()):
        text += f"\n## {area}\n\n"
        for kind in KINDS.values():
            if kind.area == area:
                fields = f" Fields: {', '.join(f'`{name}`' for name in kind.fields)}."
                when = "" if kind.level >= logging.WARNING else " about the warning"
                fix = f" What to do{when}: {FIXES[kind.name]}." if kind.name in FIXES else ""
                level = logging.getLevelName(kind.level).lower()
                text += _item(f"`{kind.name}`, {level}", f"{kind.meaning}{fix}{fields if kind.fields else ''}")
    text += "\n## The fields\n\nA field means the same in every notice.\n\n"
    return text + "".join(_item(f"`{name}`", meaning) for name, meaning in sorted(FIELDS.items()))


def metrics_page() -> str:
    """docs/metrics.md with the list of every metric in its place; the text around it is written by hand."""
    items = ""
    for one in METRICS:
        labels = f" by {', '.join(f'`{label}`' for label in one.labels)}" if one.labels else ""
        items += _item(f"`{one.shown_name}`, {one.type}{labels}", one.meaning)
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    return _with_part(page, _METRICS_BEGIN, items, _METRICS_END)


def _with_part(page: str, begin: str, text: str, end: str) -> str:
    """The page with `text` between the lines `begin` and `end`; all around it is written by hand."""
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}"


_FIELDS_BEGIN = "<!-- Fields of {}: written by `make docs`. -->\n"
_FIELDS_END = "<!-- The end of {}. -->\n"
_SETTINGS_BEGIN = "<!-- Settings of the {} {}: written by `make docs`. -->\n"
_SETTINGS_END = "<!-- The end of the settings of {} {}. -->\n"


def nodes_page() -> str:
    """docs/nodes.md with what each node needs and writes, and all settings; the text around it is written by hand."""
    page = (DOCS / "nodes.md").read_text(encoding="utf-8")
    for declared in DECLARATIONS.values():
        begin, end = _FIELDS_BEGIN.format(declared.node_type), _FIELDS_END.format(declared.node_type)
        page = _with_part(page, begin, _fields_of(declared), end)
    for part, union in (("node", NodeSettings), ("source", SourceSettings), ("sink", SinkSettings)):
        for model in get_args(get_args(union)[0]):
            kind = model.model_fields["type"].default
            if len(model.model_fields) > 1:
                begin, end = _SETTINGS_BEGIN.format(part, kind), _SETTINGS_END.format(part, kind)
                page = _with_part(page, begin, _settings_of(model), end)
    return page


def _fields_of(declared: NodeDeclaration) -> str:
    text = f"It needs {declared.need.value}. " if declared.need.value != "nothing" else "It needs no other node. "
    if declared.is_open:
        return text + "It writes what your code saves.\n"
    if not declared.fields:
        return text + "It writes nothing into the metadata.\n"
    text += "It writes:\n\n"
    for field in declared.fields:
        meaning = field.meaning if field.is_always else f"{field.meaning} Not on every frame."
        text += _item(f"`{field.path}`, such as `{json.dumps(field.example)}`", meaning)
    return text


_INPUT_BEGIN = "<!-- Written by `make docs` from inputs/kinds/{}.py. -->\n"
_INPUT_END = "<!-- The end of what is written by `make docs`. -->\n"
_DEVICE_BEGIN = "<!-- The settings: written by `make docs` from inputs/device_connection.py. -->\n"
_DEVICE_END = "<!-- The end of the settings. -->\n"
_KINDS_BEGIN = "<!-- The kinds: written by `make docs`. -->\n"
_KINDS_END = "<!-- The end of the kinds. -->\n"


def input_page(name: str) -> str:
    """docs/inputs/<kind>.md with the tables of its fields, losses and settings; the text above is written by hand."""
    kind = load_kind(name)
    page = (DOCS / "inputs" / f"{name}.md").read_text(encoding="utf-8")
    begin = _INPUT_BEGIN.format(KINDS_OF_INPUTS[name])
    text = "## What is read\n\nEach field with an example, and where it comes from.\n\n"
    for field in kind.fields:
        example = f"`{json.dumps(field.example, ensure_ascii=False)}`"
        text += _item(f"`{field.name}`, such as {example}, from {field.comes_from}", field.meaning)
    text += "\n## What is lost\n\n" + "".join(map(_folded, kind.losses))
    text += "\n## Settings\n\n" + _settings_of(kind.settings, leave_out=("type", "name"))
    if "mapping" in kind.settings.model_fields:
        text += "\n### A mapping\n\n" + _settings_of(MessageMapping)
    return _with_part(page, begin, text, _INPUT_END)


def devices_page() -> str:
    """docs/inputs/devices.md with the settings of a connection; the text above is written by hand."""
    page = (DOCS / "inputs" / "devices.md").read_text(encoding="utf-8")
    text = "## Settings\n\n" + _settings_of(DeviceConnection)
    text += "\n### Of `onvif-metadata`\n\n" + _settings_of(StreamConnection)
    return _with_part(page, _DEVICE_BEGIN, text, _DEVICE_END)


def inputs_page() -> str:
    """docs/inputs/README.md with the list of all kinds."""
    page = (DOCS / "inputs" / "README.md").read_text(encoding="utf-8")
    rows = "| kind | source |\n|---|---|\n"
    rows += "".join(f"| `{name}` | [{load_kind(name).title}]({name}.md) |\n" for name in KINDS_OF_INPUTS)
    return _with_part(page, _KINDS_BEGIN, rows, _KINDS_END)


_REFERENCE_HEAD = """\
# Every setting

<!-- Written by `make docs` from the models in src/securos_trigger. -->

Every table of the configuration file with all its settings, for looking one up.
[configuration.md](configuration.md) explains the file, [nodes.md](nodes.md) the
nodes, [`examples/site.toml`](../examples/site.toml) is a complete file. An
unknown setting is a mistake.

## Above the first table

* `time_zone`: Name of the time zone in which `active_hours` are meant, such as
  `"Europe/Berlin"`. Left out: the machine's ([mute.md](mute.md)).
"""
_PIPELINE = """
## `[[pipelines]]`

* `name`, required: Name of the pipeline; each name once.
* `source`, required: Where frames come from: one of the tables below.
* `nodes`: What happens to each frame, in this order: `[[pipelines.nodes]]`, see
  below.
* `sink`, by default `{"type": "null"}`: Where frames go at the end: one of the
  tables below.
"""
_TABLES: dict[str, type[BaseModel]] = {
    "identity": IdentitySettings,
    "outbox": OutboxSettings,
    "ledger": LedgerSettings,
    "health": HealthSettings,
    "metrics": MetricsSettings,
    "console": ConsoleSettings,
    "images": ImagesSettings,
}


def reference_page() -> str:
    """docs/reference.md, whole."""
    text = _REFERENCE_HEAD
    for name, model in _TABLES.items():
        text += f"\n## `[{name}]`\n\n{_summary(model)}\n\n{_reference_list(model)}"
    text += _PIPELINE
    for title, union in (("Sources", SourceSettings), ("Nodes", NodeSettings)):
        text += f"\n## {title}\n" + "".join(_of_type(model) for model in get_args(get_args(union)[0]))
    text += '\n### `type = "trigger_securos_event"`\n\nThe trigger node: [properties.md](properties.md).\n\n'
    text += _reference_list(TriggerProperties, '* `id`, by default `"trigger1"`: Name of the node.\n')
    return text + "\n## Sinks\n" + "".join(_of_type(model) for model in get_args(get_args(SinkSettings)[0]))


def _of_type(model: type[BaseModel]) -> str:
    kind = model.model_fields["type"].default
    return f'\n### `type = "{kind}"`\n\n{_summary(model)}\n' + (
        f"\n{_reference_list(model)}" if len(model.model_fields) > 1 else ""
    )


def _summary(model: type[BaseModel]) -> str:
    return textwrap.fill((model.__doc__ or "").strip().partition("\n")[0], _WIDTH)


def _reference_list(model: type[BaseModel], first: str = "") -> str:
    return first + _settings_of(model, links=r"([\1](\1))")


def _settings_of(model: type[BaseModel], *, leave_out: tuple[str, ...] = ("type",), links: str = r"(docs/\1)") -> str:
    """The settings of a model with their defaults, an item each. `links` stands for `(docs/PAGE.md)`."""
    items = ""
    for name, field in model.model_fields.items():
        if name in leave_out:
            continue
        if field.is_required() or name in ("iss_ip", "iss_password"):
            shown = ", required"
        elif (model, name) == (OutboxSettings, "path"):
            shown = ", by default in the user's state folder"
        else:
            default = field.get_default(call_default_factory=True)
            is_none = default in (None, "", {}, [], ())
            shown = "" if is_none else f", by default `{json.dumps(to_jsonable_python(default))}`"
        items += _item(f"`{name}`{shown}", re.sub(r"\(docs/(\w+\.md)\)", links, str(field.description)))
    return items


if __name__ == "__main__":
    (DOCS / "reference.md").write_text(reference_page(), encoding="utf-8")
    (DOCS / "inputs" / "devices.md").write_text(devices_page(), encoding="utf-8")
    (DOCS / "inputs" / "README.md").write_text(inputs_page(), encoding="utf-8")
    for kind_name in KINDS_OF_INPUTS:
        (DOCS / "inputs" / f"{kind_name}.md").write_text(input_page(kind_name), encoding="utf-8")
    (DOCS / "nodes.md").write_text(nodes_page(), encoding="utf-8")
    (DOCS / "metrics.md").write_text(metrics_page(), encoding="utf-8")
    (DOCS / "notices.md").write_text(notices_page(), encoding="utf-8")
    (DOCS / "properties.md").write_text(properties_page(), encoding="utf-8")
