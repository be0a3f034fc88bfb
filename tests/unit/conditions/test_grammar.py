"""Every mistake is found when the condition is read, and the sentence says what to write instead."""

from __future__ import annotations

import time

import pytest

from securos_trigger.conditions import Condition, Truth
from securos_trigger.conditions.grammar import parse
from securos_trigger.conditions.limits import MAX_LIST_ITEMS, MAX_NESTING, MAX_SOURCE_CHARS
from securos_trigger.conditions.syntax import Comparison, Junction, Literal, Path, Wildcard, walk
from securos_trigger.errors import ConditionError


def mistake(text: str) -> str:
    """The whole text of the error, without the four blanks in front of the picture."""
    with pytest.raises(ConditionError) as caught:
        Condition(text)
    return str(caught.value).replace("\n    ", "\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the condition is empty\n\n^"),
        (
            "nodes.a >",
            'the condition ends where a value is expected after ">"\nnodes.a >\n         ^',
        ),
        (
            'any(o.label = "car" for o in objects',
            (
                'expected a closing ")" here: the "(" at character 4 is still open\n'
                'any(o.label = "car" for o in objects\n'
                "                                    ^"
            ),
        ),
        ("a && b", 'write "and" instead of "&&"\na && b\n  ^^'),
        ("a || b", 'write "or" instead of "||"\na || b\n  ^^'),
        ("a =< b", 'write "<=" for "less than or equal to"\na =< b\n  ^^'),
        ("a => b", 'write ">=" for "greater than or equal to"\na => b\n  ^^'),
        ("a <> b", 'write "!=" for "not equal to"\na <> b\n  ^^'),
        ("a === b", 'write "==" (or "=") to compare\na === b\n  ^^^'),
        ("a := 1", 'nothing can be assigned in a condition: write "==" (or "=") to compare\na := 1\n  ^^'),
        ("!a", 'write "not" instead of "!"\n!a\n^'),
        ("a = “car”", 'this is a typographic quote: put text in straight quotes, "car"\na = “car”\n    ^'),
        ("a ≥ 3", 'write ">=" instead of "≥"\na ≥ 3\n  ^'),
        ("a = 'car", "the text that starts here is never closed: a ' is missing\na = 'car\n    ^"),
        ('a = "\\d"', '"\\d" is not an escape: write "\\\\" for a backslash\na = "\\d"\n     ^^'),
        (
            "a b",
            'two values stand side by side: "and", "or" or a comparison is missing here\na b\n  ^',
        ),
        ("a is 3", 'write "==" instead of "is"\na is 3\n  ^^'),
        ("a And b", 'write "and", in lower or upper case\na And b\n  ^^^'),
        ("f'x' = a", "text has no prefix here: remove the f\nf'x' = a\n ^^^"),
        ("anny(objects)", 'there is no function "anny"; did you mean "any"?\nanny(objects)\n^^^^'),
        (
            "foo(1)",
            (
                'there is no function "foo"; these exist: abs, all, any, endswith, len, lower, max, min, number, round, '
                "startswith, sum, upper\nfoo(1)\n^^^"
            ),
        ),
        ("a.lowr()", 'there is no function "lowr"; did you mean "lower"?\na.lowr()\n  ^^^^'),
        ("len(1, 2)", '"len" takes 1 value, not 2\nlen(1, 2)\n^^^^^^^^^'),
        ("startswith(a)", '"startswith" takes 2 values, not 1\nstartswith(a)\n^^^^^^^^^^^^^'),
        ("max()", '"max" takes 1 or more values, not 0\nmax()\n^^^^^'),
        ("round(a, 1, 2)", '"round" takes 1 or 2 values, not 3\nround(a, 1, 2)\n^^^^^^^^^^^^^^'),
        (
            "any(a.b > 1)",
            '"any" needs a list or a loop: any(o.probability > 0.5 for o in objects)\nany(a.b > 1)\n    ^^^^^^^',
        ),
        (
            "max(nodes.*.x)",
            "a wildcard is one number, the sum; write max(r for r in nodes.*.x)\nmax(nodes.*.x)\n    ^^^^^^^^^",
        ),
        (
            "a*b",
            (
                'put a space on each side of "*" to multiply; as a wildcard it is a step of its own (nodes.*.count)'
                "\na*b\n ^"
            ),
        ),
        (
            "9**9**9",
            '"**" is not part of conditions: "*" multiplies, and as a step of a path it is the wildcard\n9**9**9\n ^^',
        ),
        (
            "a if b else c",
            '"if" and "else" are not part of conditions: join clauses with "and" and "or"\na if b else c\n  ^^',
        ),
        (
            "any(p.id = o.id for o in objects for p in objects)",
            (
                "inside a loop, what runs over many items must start at the loop's own name: "
                'any(a.label == "red" for o in objects for a in o.attributes)\n'
                "any(p.id = o.id for o in objects for p in objects)\n"
                "                                          ^^^^^^^"
            ),
        ),
        (
            "any(1 for a in b for c in a for d in c)",
            (
                "too many loops inside one another: 2 are allowed\n"
                "any(1 for a in b for c in a for d in c)\n                            ^^^"
            ),
        ),
        ("any(1 for 2 in b)", 'after "for" a name of your choice is expected\nany(1 for 2 in b)\n          ^'),
        (
            "any(1 for o on b)",
            'after "for o" the word "in" and a path are expected\nany(1 for o on b)\n            ^^',
        ),
        (
            "any(1 for o in [1])",
            'after "for o in" a path is expected, such as "objects"\nany(1 for o in [1])\n               ^',
        ),
        (
            "any(1 for o in a.lower())",
            "a loop runs over a path, not over the result of a function\nany(1 for o in a.lower())\n               ^^^^^^^^^",
        ),
        ("a.", 'after "." a key is expected\na.\n ^'),
        ("a[b]", 'between "[" and "]" a key in quotes or a whole number is expected\na[b]\n ^^'),
        (
            "a[0",
            'expected a closing "]" here: the "[" at character 2 is still open\na[0\n   ^',
        ),
        ("a)", 'this ")" closes nothing: there is no "(" before it\na)\n ^'),
        ("()", "there is nothing between these parentheses\n()\n^^"),
        ("(a).b", "only a path has steps: a path starts with a name, nodes.presence1.motion\n(a).b\n   ^"),
        (
            "a for o in objects",
            'a loop must be inside a function: any(o.label == "car" for o in objects)\na for o in objects\n  ^^^',
        ),
        ("a > = 3", 'expected a value after ">", found "="\na > = 3\n    ^'),
        (
            "1st.b",
            (
                "a number ends here and a word follows without a space; a key that starts with a digit stands after a dot "
                '(lines.1st) or in quotes (lines["1st"])\n1st.b\n ^^'
            ),
        ),
        (
            "a._b",
            'a name cannot start with an underscore; a key can, in quotes: ["_b"]\na._b\n  ^^',
        ),
        ('a["__b"]', 'a key that starts with two underscores cannot be read\na["__b"]\n  ^^^^^'),
        ("a = 1e999", "this number is too large\na = 1e999\n    ^^^^^"),
        ("a § 1", "'§' has no meaning in a condition\na § 1\n  ^"),
        ("a, b", 'join clauses with "and" or "or" instead of ","\na, b\n ^'),
    ],
)
def test_a_mistake_is_told_with_its_place_and_its_mend(text: str, message: str) -> None:
    assert mistake(text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a" * (MAX_SOURCE_CHARS + 1), "the condition is too long: 4,097 characters, and 4,096 are allowed"),
        ("(" * (MAX_NESTING + 1) + "a" + ")" * (MAX_NESTING + 1), "this is nested too deeply: 25 levels are allowed"),
        ("- " * (MAX_NESTING + 1) + "a", "this is nested too deeply: 25 levels are allowed"),
        ("not " * (MAX_NESTING + 1) + "a", "this is nested too deeply: 25 levels are allowed"),
        ("a" + "+a" * 200, "this is nested too deeply"),
        ("a in [" + "1," * MAX_LIST_ITEMS + "1]", "the list is too long: 256 items are allowed"),
        ("a = " + "9" * 41, "this number is too long: 40 characters are allowed"),
    ],
)
def test_what_is_too_big_is_refused(text: str, message: str) -> None:
    assert mistake(text).split("\n")[0] == message


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__.__bases__[0].__subclasses__()",
        "''.__class__.__mro__[1].__subclasses__()",
        "objects.__class__.__init__.__globals__",
        'objects["__class__"]["__init__"]["__globals__"]',
        "[c for c in ().__class__.__base__.__subclasses__()]",
        "(lambda: 0).__code__",
        "exec('1')",
        "eval('1')",
        "open('/etc/passwd')",
        "getattr(objects, 'x')",
        "globals()",
        "breakpoint()",
        "any(x.__class__ for x in objects)",
        "f'{objects.__class__}'",
        "a := 1",
        "'{0.__class__}'.format(a)",
        "a.format(a)",
        "str.mro()",
        "print(1)",
        "len(*objects)",
        "yield 1",
        "await a",
        "import os",
        "a; b",
        "a if 1 else b",
        "{1: 2}",
        "a[::2]",
        "a @ b",
        "~a",
        "a << 100",
        "`a`",
    ],
)
def test_known_ways_out_of_a_sandbox_are_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        Condition(text)


@pytest.mark.parametrize(
    "piece", ["(", "[", "sum(", "-", "not ", "any(a for b in ", "a[", "a.", "1+", "a and ", "'", "sum(["]
)
def test_the_longest_nonsense_is_refused_in_bounded_time(piece: str) -> None:
    text = (piece * MAX_SOURCE_CHARS)[:MAX_SOURCE_CHARS]
    started_s = time.process_time()
    with pytest.raises(ConditionError):
        Condition(text)
    assert time.process_time() - started_s < 2


def test_a_node_knows_its_place_in_the_text() -> None:
    text = '( nodes.a >= 1 ) and not ("b" in objects[0].label)'
    pieces = [text[node.start : node.end] for node, _ in walk(parse(text))]
    assert pieces == [
        text,
        "nodes.a >= 1",
        "nodes.a",
        "1",
        'not ("b" in objects[0].label)',
        '"b" in objects[0].label',
        '"b"',
        "objects[0].label",
    ]


def test_and_binds_tighter_than_or_and_not_tighter_than_and() -> None:
    tree = parse("a or not b and c")
    assert isinstance(tree, Junction)
    assert (tree.operator, len(tree.operands)) == ("or", 2)
    right = tree.operands[1]
    assert isinstance(right, Junction)
    assert right.operator == "and"


def test_after_a_dot_every_word_is_a_key() -> None:
    tree = parse("nodes.in.and.1st.5.not")
    assert isinstance(tree, Path)
    assert tree.steps == ("nodes", "in", "and", "1st", "5", "not")


def test_a_star_with_a_digit_beside_it_multiplies_and_as_a_step_it_is_the_wildcard() -> None:
    tree = parse("nodes.*.rois.zone*.cnt*2 > *.x")
    assert isinstance(tree, Comparison)
    paths = [node.steps for node, _ in walk(tree) if isinstance(node, Path)]
    assert paths == [("nodes", Wildcard("*"), "rois", Wildcard("zone*"), "cnt"), (Wildcard("*"), "x")]


def test_the_prefix_meta_may_be_left_out() -> None:
    prefixed, plain = parse('meta.nodes["a"]'), parse("nodes.a")
    assert isinstance(prefixed, Path)
    assert isinstance(plain, Path)
    assert prefixed.steps == plain.steps


def test_text_may_hold_escapes() -> None:
    assert parse(r'"\ud83d\ude00 \ud83d"').value == "😀 \ud83d"  # type: ignore[union-attr]
    tree = parse(r'"\"a\\\u00e9\x41\n"')
    assert isinstance(tree, Literal)
    assert tree.value == '"a\\éA\n'


@pytest.mark.parametrize("name", ["abs", "len", "any", "all", "sum", "lower", "upper"])
@pytest.mark.parametrize("count", [0, 2])
def test_a_function_of_one_value_takes_no_other_number_of_them(name: str, count: int) -> None:
    with pytest.raises(ConditionError, match=f'"{name}" takes 1 value, not {count}'):
        Condition(f"{name}({', '.join(['a'] * count)}) = 1")


def test_a_comma_makes_a_list_of_one_value_and_parentheses_alone_do_not() -> None:
    frame = {"a": 1, "b": [1]}
    assert Condition("b[0] in (a,)").truth(frame) is Truth.TRUE
    assert Condition("(a,) = [1]").truth(frame) is Truth.TRUE
    assert Condition("(a) = 1").truth(frame) is Truth.TRUE
