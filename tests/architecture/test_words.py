"""The words of the source are the field's: docstrings, comments and texts that people read.

Every module is held, and every soak, whose reports people read. The pages under docs/ have a test of their own.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from tests.architecture.modules import ROOT, Module, modules

#: A word that makes readers stop, and what to write instead.
INSTEAD = {
    r"mend(s|ed|ing)?": "fix",
    r"tells?|told": "logs, reports, says, shows",
    r"unwell|ill": "failing, unhealthy",
    r"vouch(es|ed)?": "signed by a CA",
    r"house|room|manners": "package, architecture, space, conventions",
    r"so many|so long|so often": "a number, or a time",
    r"whoever|anybody|somebody|nobody": "the person or program that is meant",
    r"pictures?": "frame, image",
    r"blanks?": "space, empty",
    r"turned over": "rotated",
    r"unpacked|packed": "compressed",
    r"(un)?settled": "delivered, given up",
    r"what is no": "what is not a …",
    r"anew": "again",
    r"fares?": "state",
    r"shall": "must, is to",
    r"(goes?|travels?|sent|it|password|token) in clear": "unencrypted",
}
#: Packages in which a word is a term of their own, which the glossary has.
OWN_TERMS = {r"(un)?settled": ("outbox", "delivery")}
#: Where a word is right all the same: `path: line`, the line without the space around it.
ALLOWED: set[str] = set()

_WORDS = {re.compile(rf"\b({pattern})\b", re.IGNORECASE): better for pattern, better in INSTEAD.items()}
_OWN = {re.compile(rf"\b({pattern})\b", re.IGNORECASE): packages for pattern, packages in OWN_TERMS.items()}


def texts(module: Module) -> Iterator[tuple[int, str]]:
    """Comments and strings (docstrings among them) with their lines; what is quoted as code is left out."""
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], _prose(token.string)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for number, line in enumerate(node.value.split("\n")):
                yield node.lineno + number, _prose(line)


def _prose(text: str) -> str:
    return re.sub(r"`[^`]*`", "", text)


def soaks() -> list[Module]:
    """The modules of `soak/`; their paths are below the repository."""
    files = sorted((ROOT / "soak").glob("*.py"))
    return [Module(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in files]


@pytest.mark.parametrize("module", [*modules(), *soaks()], ids=lambda one: one.path)
def test_a_module_uses_the_words_of_the_field(module: Module) -> None:
    found = [
        f"{module.path}:{number} {match[0]!r} in {text.strip()!r}; write: {better}"
        for number, text in texts(module)
        for word, better in _WORDS.items()
        if f"{module.path}: {text.strip()}" not in ALLOWED and module.top not in _OWN.get(word, ())
        for match in word.finditer(text)
    ]
    assert found == []


def test_a_word_is_found_in_comments_docstrings_and_texts_but_not_in_code() -> None:
    source = '"""It told `tell`."""\n\ntell = f"a {1} blank"  # whoever\n'
    found = {match[0] for _, text in texts(Module("x.py", source)) for word in _WORDS for match in word.finditer(text)}
    assert found == {"told", "blank", "whoever"}
