"""Tables and settings that stand twice in a file that is not TOML for that reason, and the header that is to blame."""

from __future__ import annotations

import difflib
import re
from typing import Final

from securos_trigger.config.slip import HEADER, Explained, Slip

#: Tables of which a file may have several.
_LISTS: Final = ("pipelines", "pipelines.nodes")


def first_wrong_header(text: str, number: int, message: str) -> tuple[int, str, str] | None:
    """The line of the wrong header where the reader stopped at a right one, what is wrong with it, and the remedy.

    The reader stops in line `number`, at the second of two headers; the first has one bracket in place of two
    (`[pipelines]`) or is misspelt (`[[pipeline]]`), and only the parts below it made a table. None: it is not so.
    """
    lines = text.split("\n")
    header = HEADER.match(lines[number - 1])
    is_twice = message.startswith(("Cannot declare", "Cannot overwrite", "Cannot mutate"))
    if not is_twice or header is None or header[1] != "[[" or header[2] not in _LISTS:
        return None
    name = header[2]
    for above, line in enumerate(lines[: number - 1], 1):
        if (found := HEADER.match(line)) is None:
            continue
        if found[1] == "[" and found[2] == name:
            return above, f"the header [{name}] has one bracket too few", f"Write [[{name}]]."
        if found[2] not in _LISTS and difflib.get_close_matches(found[2], [name], cutoff=0.8):
            return above, f"there is no table {found[2]}", f"Write [[{name}]]."
        if found[2].startswith(f"{name}.") or found[2] == name:
            return None
    return None


def twice_slip(slip: Slip) -> Explained:
    """Explain a table or a setting that stands twice; None: the slip is another one."""
    header = HEADER.match(slip.line)
    if header is not None and slip.message.startswith("Cannot declare"):
        name = header[2]
    elif slip.message.startswith(("Cannot overwrite", "Cannot mutate", "Cannot declare")):
        name = header[2] if header else slip.key
    else:
        return None
    children = rf"^\s*\[\[?\s*{re.escape(name)}\."
    above = [n for n, line in enumerate(slip.text.split("\n")[: slip.number - 1], 1) if re.match(children, line)]
    is_first = not re.search(rf"^\s*\[\[\s*{re.escape(name)}\s*\]\]", slip.text[: _start(slip)], re.MULTILINE)
    if name == "pipelines" and above and is_first:
        what = f"a part of a pipeline stands in line {above[0]}, above this header"
        return what, "Write [[pipelines]] above its parts."
    pattern = rf"^\s*\[*\s*{re.escape(name)}\s*\]+" if header else rf"^\s*{re.escape(name)}\s*="
    earlier = [n for n, line in enumerate(slip.text.split("\n")[: slip.number - 1], 1) if re.match(pattern, line)]
    first = f", first in line {earlier[-1 if header is None else 0]}" if earlier else ""
    if name in ("pipelines", "pipelines.nodes"):
        return (
            f"the table {name} is defined twice{first}",
            f"There may be several of these: write [[{name}]] each time, with two brackets.",
        )
    kind = "the table" if header else "the setting"
    return f"{kind} {name} is defined twice{first}", "Keep one of them."


def _start(slip: Slip) -> int:
    """Where the line of the slip begins in the text."""
    return sum(len(line) + 1 for line in slip.text.split("\n")[: slip.number - 1])
