"""Metadata and conditions for property tests: few keys, so that paths hit and miss about equally often."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

KEYS = ("a", "b", "c", "1st", "line 1")
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, 0.5, -1.5, float("nan"), float("inf"), 10**400])
    | st.sampled_from(["", "a", "b", "ab", "car"])
)


class Opaque:
    """No data: every operation on it must be unknown, and none may be run."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("a foreign __eq__ was run")

    def __gt__(self, other: object) -> bool:
        raise AssertionError("a foreign __gt__ was run")

    __lt__ = __ge__ = __le__ = __gt__
    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise AssertionError("a foreign __bool__ was run")


class LoudText(str):
    """A subclass of text: read as the text it is, whatever it overrides."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise AssertionError("an overridden __eq__ was run")

    __hash__ = str.__hash__


foreign = st.builds(Opaque) | st.just(LoudText("car"))
# Functions write keys that are numbers, and tuples; a recording has texts and lists in their place.
_keys = st.sampled_from((*KEYS, 0, "0"))
values = st.recursive(
    scalars | scalars | scalars | foreign,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(inner, max_size=2).map(tuple) | st.dictionaries(_keys, inner, max_size=4)
    ),
    max_leaves=12,
)
frames: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "nodes": st.dictionaries(st.sampled_from(KEYS), values, max_size=4),
        "objects": st.lists(st.dictionaries(st.sampled_from(KEYS), values, max_size=3) | values, max_size=4),
        "a": values,
    },
)

_steps = st.sampled_from([".a", ".b", ".c", ".1st", '["line 1"]', "[0]", "[-1]", ".0"])
_wild = st.sampled_from([".*", ".a", ".b", ".*st"])
_literals = st.sampled_from(["0", "1", "2", "-1", "0.5", "true", "false", "null", '"a"', '"car"', "[]", '[1, "a"]'])
_relations = st.sampled_from(["=", "==", "!=", "<", "<=", ">", ">=", "in", "not in"])


def _path(root: str) -> st.SearchStrategy[str]:
    return st.lists(_steps, max_size=3).map(lambda steps: root + "".join(steps))


def _wild_path(root: str) -> st.SearchStrategy[str]:
    return st.lists(_wild, max_size=2).map(lambda steps: f"{root}.*{''.join(steps)}")


def expressions(roots: tuple[str, ...] = ("nodes", "objects", "a"), loops: int = 0) -> st.SearchStrategy[str]:
    """Conditions as text. Inside a loop `roots` are its names; only the innermost may be run over again."""
    plain = st.sampled_from(roots).flatmap(_path)
    own = roots[-1:] if loops else roots
    many = st.sampled_from(own).flatmap(_wild_path)
    leaves = plain | plain | _literals | many
    if loops < 2:
        leaves |= st.deferred(lambda: _loops(own, loops))
    return st.recursive(leaves, lambda inner: _combined(inner, st.sampled_from(own).flatmap(_path)), max_leaves=6)


def _loops(roots: tuple[str, ...], loops: int) -> st.SearchStrategy[str]:
    name = f"x{loops}"
    inner = expressions(("nodes", *(f"x{i}" for i in range(loops + 1))), loops + 1)
    return st.builds(
        lambda function, element, source, test: f"{function}({element} for {name} in {source}{test})",
        st.sampled_from(["any", "all", "sum", "len", "min", "max"]),
        inner,
        st.sampled_from(roots).flatmap(_path) | st.sampled_from(roots).flatmap(_wild_path),
        st.just("") | inner.map(lambda condition: f" if {condition}"),
    )


def _combined(inner: st.SearchStrategy[str], path: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(lambda a, o, b: f"({a} {o} {b})", inner, _relations, inner),
        st.builds(lambda a, o, b, p, c: f"({a} {o} {b} {p} {c})", inner, _relations, inner, _relations, inner),
        st.builds(lambda a, o, b: f"({a} {o} {b})", inner, st.sampled_from(["and", "or"]), inner),
        st.builds(lambda a, b, c: f"({a} and {b} and {c})", inner, inner, inner),
        st.builds(lambda a, o, b: f"({a} {o} {b})", inner, st.sampled_from("+-*/"), inner),
        inner.map(lambda a: f"(not {a})"),
        inner.map(lambda a: f"(- {a})"),
        st.builds(lambda f, a: f"{f}({a})", st.sampled_from(["len", "abs", "round", "lower", "upper"]), inner),
        st.builds(lambda f, a: f"{f}({a})", st.sampled_from(["any", "all", "sum", "min", "max"]), path),
        st.builds(
            lambda f, a, b: f"{f}({a}, {b})", st.sampled_from(["startswith", "min", "max", "round"]), inner, inner
        ),
        st.builds(lambda a, b: f"[{a}, {b}]", inner, inner),
    )
