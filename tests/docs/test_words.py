"""The pages use the words of the field (docs/glossary.md), and none of those that made readers stop."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.test_links import PAGES, ROOT, prose

#: What stands here is made from the source: it is changed there.
GENERATED = {"docs/properties.md", "docs/notices.md"}
INSTEAD = {
    r"mend(s|ed|ing)?": "fix",
    r"tells?|told": "logged, reported, says",
    r"unwell|ill": "failing, unhealthy",
    r"vouch(es|ed)?": "signed by a CA",
    r"manners": "conventions",
    r"so many|so long": "a number, or a time",
    r"whoever|somebody|nobody": "the person or program that is meant",
    r"pictures?": "frame, image",
    r"blanks?": "space, empty",
    r"turned over": "rotated",
    r"older receivers?|existing (node|receiver|sender)": "Lumeo's script, Lumeo's node",
    r"dead letters lie|settled": "delivered, given up",
    r"anew": "again",
    r"fares?": "state",
    r"shall": "must, is to",
    r"all the same": "still, but",
    r"(goes?|travels?|sent|it|password|token) in clear": "unencrypted",
}


def words_to_replace(text: str) -> list[str]:
    """The words of a text that another one is meant for, each with that one."""
    without_code = re.sub(r"`[^`\n]*`", "", text)
    return [
        f"{match[0]}: {better}"
        for pattern, better in INSTEAD.items()
        for match in re.finditer(rf"\b({pattern})\b", without_code, re.IGNORECASE)
    ]


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if str(page.relative_to(ROOT)) not in GENERATED | {"CHANGELOG.md"}],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_a_page_uses_the_words_of_the_field(page: Path) -> None:
    text = prose(page)
    if page.name == "nodes.md":  # its lists are made from the source
        text = re.sub(r"<!-- [^\n]*written by `make docs`.*?<!-- The end", "", text, flags=re.DOTALL)
    assert words_to_replace(text) == []


def test_a_word_to_replace_is_found_outside_code_only() -> None:
    assert words_to_replace("The log told `tell` so.") == ["told: logged, reported, says"]
