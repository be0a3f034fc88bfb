"""docs/receiver.md says of every line of the receiver's log what it means and what to do."""

from __future__ import annotations

import re

from tests.docs.test_links import ROOT

PAGE = (ROOT / "docs/receiver.md").read_text(encoding="utf-8")
SCRIPT = (ROOT / "vms/receiver/receiver.js").read_text(encoding="utf-8")
#: What lasts on a camera until a due time; a line of the log is named after each.
KINDS = ("recording", "subtitle", "drawing")


def logged() -> set[str]:
    """The names of the lines that the script can write."""
    names = set(re.findall(r"\blog(?:Soon)?\(\s*'(\w+)'", SCRIPT))
    dynamic = re.findall(r"\blog\(`\$\{this\.kind\}(\w+)`", SCRIPT)
    return names | {f"{kind}{end}" for end in dynamic for kind in KINDS}


def explained() -> set[str]:
    """The names at the start of each item below *Log*, and those that an item says end it."""
    section = PAGE.partition("\n## Log\n")[2].partition("\n## ")[0]
    items = re.findall(r"^\* (`[^:]+): (.+?)(?=^\* |^\n)", section, re.MULTILINE | re.DOTALL)
    to_do = {names: " ".join(text.split()).partition(" To do: ")[2] for names, text in items}
    assert [names for names, what in to_do.items() if not what] == [], "an item does not say what to do"
    return {name for texts in to_do.items() for name in re.findall(r"`([a-z]+(?:_[a-z]+)*)`", " ".join(texts))}


def test_every_line_of_the_receivers_log_stands_on_the_page_with_what_to_do() -> None:
    assert len(logged()) > 20
    assert sorted(logged() - explained()) == []
