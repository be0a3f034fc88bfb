"""Habits from SQL, JavaScript, C#, Excel, Jinja and Python: each is refused with what to write instead."""

from __future__ import annotations

import pytest

from securos_trigger.conditions import Condition
from securos_trigger.errors import ConditionError

ANY = 'any(o.label == "car" for o in objects)'
MISSING = "a path that is missing is unknown, and no condition can ask for it"
NO_IF = '"if" and "else" are not part of conditions: join clauses with "and" and "or"'
PATTERN = 'there are no patterns here: write "part" in path, startswith(path, "part") or endswith(path, "part")'
WILDCARD = f"a wildcard is a step of its own: objects.*.count is the sum of all; to look for one item, write {ANY}"
NO_COMMENT = 'a condition has no comments; to subtract a negative value, write a space between the signs: "- -"'

HABITS = {
    # Python
    "x is 5": 'write "==" instead of "is"',
    "x is not 5": 'write "!=" instead of "is not"',
    "x is None": f'write "== null" for a value that is there and null; {MISSING}',
    "x IS NOT NULL": f'write "!= null" for a value that is there and not null; {MISSING}',
    "x isnull": f'write "== null" for a value that is there and null; {MISSING}',
    "x NOTNULL": f'write "!= null" for a value that is there and not null; {MISSING}',
    "x in (1..5)": "a range is written 1 <= path <= 5",
    "x in a..b": 'one "." stands between the keys of a path; a range is written 1 <= path <= 5',
    "x[1:3] > 2": "there are no slices: objects[0] is the first item of a list",
    "[o for o in objects]": 'a loop must be inside a function: any(o.label == "car" for o in objects)',
    "len objects > 0": '"len" is a function: write len(objects)',
    "x > 5s": "a number has no unit: write 5, in seconds",
    "x > 5min": "a number has no unit: write 300, in seconds",
    "x > 500ms": "a number has no unit: write 0.5, in seconds",
    "x > 1.5h": "a number has no unit: write 5400, in seconds",
    "x > 1e3ms": "a number has no unit: write 1, in seconds",
    "x > 40px": "a number has no unit: write 40",
    "x > 1,5": "a number is written with a point, not a comma: write 1.5",
    "x > 50%": '"%" is not part of conditions: write 0.5 for 50 %; there are no remainders',
    "x ~ 'a'": 'there are no patterns here: write "part" in path or startswith(path, "part")',
    "x <=> y": 'write "==" (or "=") to compare',
    "x ! = y": 'write "!=" without a space',
    "x === y": 'write "==" (or "=") to compare',
    "`x` > 1": "put text in straight quotes; a path has none",
    "x is not defined": f"{MISSING}: what needs a missing path never fires",
    "x if y else z": NO_IF,
    "int(x) > 5": "write number(path) for the number in a text",
    "str(x) == '5'": "compare numbers as numbers: they never become texts",
    "x.get('a') > 1": 'write the key after a dot or in brackets: nodes.gate.count, nodes["gate 1"].count',
    "x ** 2 > 4": '"**" is not part of conditions: "*" multiplies, and as a step of a path it is the wildcard',
    "x == not y": 'put "not" in front of the whole comparison: not (a == b)',
    "x # a note": "a condition has no comments",
    "if x > 5": NO_IF,
    "x > 1_000": 'write 1000, without "_"',
    "x > 0x1F": "write the number with ten digits: 31",
    "objects[*].label == 'car'": WILDCARD,
    "objects[].label == 'car'": WILDCARD,
    "nodes.a exists": f"{MISSING}: what needs a missing path never fires",
    "nodes.😀 > 1": 'a key with other signs than letters and digits needs quotes: ["😀"]',
    "nodes.__class__ > 1": "a name that starts with two underscores cannot be read",
    # SQL
    "x BETWEEN 1 AND 5": "write 1 <= path <= 5",
    "x NOT BETWEEN 1 AND 5": 'put "not" in front of the clause; write 1 <= path <= 5',
    "x LIKE 'a%'": (
        'write startswith(path, "part"), endswith(path, "part") or "part" in path; "%" is not a placeholder here'
    ),
    "x REGEXP 'a'": PATTERN,
    "x <> 5": 'write "!=" for "not equal to"',
    "COUNT(x) > 1": 'write len(path), or sum(1 for o in objects if o.label == "car") for those of one kind',
    "count(objects) > 1": 'write len(path), or sum(1 for o in objects if o.label == "car") for those of one kind',
    "AVG(x) > 1": "write sum(…) / len(path)",
    "x > 2 -- note": NO_COMMENT,
    "x > 2 /* note */": "a condition has no comments",
    "isnull(x)": f"{MISSING}: what needs a missing path never fires. Write len(path) > 0 to ask whether a list has items",
    "x not = 5": 'write "!=" instead of "not =="',
    "x; y": 'a condition is one expression: join its clauses with "and" or "or"',
    "WHERE x > 5": '"WHERE" is not part of conditions: the condition is the clause alone, joined with "and" and "or"',
    "x > 5 THEN 1": '"THEN" is not part of conditions: the condition is the clause alone, joined with "and" and "or"',
    # JavaScript and C#
    "x && y": 'write "and" instead of "&&"',
    "x || y": 'write "or" instead of "||"',
    "!x": 'write "not" instead of "!"',
    "x === 5": 'write "==" (or "=") to compare',
    "x !== 5": 'write "!=" for "not equal to"',
    "x ? 1 : 0": '"?" and ":" are not part of conditions: join clauses with "and" and "or"',
    "x?.y > 1": 'write "." alone: a path that is missing raises nothing, its clause is unknown',
    "x ?? 0 > 1": "a path that is missing is unknown, and no other value can stand in for it",
    "objects.some(o => o.label == 'car')": f'a loop is written {ANY}, without "=>"',
    "objects.some(o)": f"write {ANY}",
    "objects.includes('car')": 'write "part" in path',
    "objects.filter(o)": f'write a loop: {ANY} or sum(1 for o in objects if o.label == "car")',
    "objects.Where(o)": f'write a loop: {ANY} or sum(1 for o in objects if o.label == "car")',
    "objects.Count() > 1": 'write len(path), or sum(1 for o in objects if o.label == "car") for those of one kind',
    "x.toLowerCase() == 'a'": "write lower(path)",
    "x.StartsWith('a')": 'there is no function "StartsWith"; did you mean "startswith"?',
    "x instanceof y": "values have no type to ask for here: compare them",
    "parseInt(x) > 1": "write number(path) for the number in a text",
    "$x > 1": 'a path is written as it is, nodes.presence1.motion, without "$"',
    "{{ x }} > 1": 'braces are not part of conditions: a path is written as it is, nodes.presence1.motion, without "{"',
    'objects.all(o, o.label == "car")': (
        '"all" is a function, and no method: write all(o.label == "car" for o in objects)'
    ),
    "objects.sum() > 1": '"sum" is a function, and no method: write sum(path)',
    'any(objects, o => o.label == "car")': f'a loop is written {ANY}, without "=>"',
    # JMESPath, sets and lists of other languages
    "objects[?label=='car']": f'a loop is written {ANY}, without "[?"',
    'any(o.label in {"car"} for o in objects)': 'a list has square brackets: path in ["car", "bus"]',
    "x in 1,2": "a list has square brackets: path in [1, 2]",
    "x == 5 // note": '"//" is not part of conditions: "/" divides, and there are no comments',
    # Signs of other keyboards and of web pages
    "x ＞ 5": 'write the plain ">" instead of "＞"',
    "x > ５": 'write the plain "5" instead of "５"',
    "x > ١": "write the number with the digits 0 to 9: 1",
    "x &gt; 5": 'write ">" instead of "&gt;"',
    "x &amp;&amp; y": 'write "and" instead of "&amp;"',
    "nodes.zone-1.count > 0": 'a key with a "-" in it needs quotes: ["zone-1"]',
    # Excel and speech
    "IF(x > 1, 1, 0)": NO_IF,
    "x eq 5": 'write "==" (or "=") instead of "eq"',
    "x gt 5": 'write ">" instead of "gt"',
    "x gte 5": 'write ">=" instead of "gte"',
    "x lt 5": 'write "<" instead of "lt"',
    "x equals 5": 'write "==" (or "=") instead of "equals"',
    "x contains 'car'": 'write the part first: "part" in path',
    "x has 'car'": 'write the part first: "part" in path',
    "has(x)": f"{MISSING}: what needs a missing path never fires. Write len(path) > 0 to ask whether a list has items",
    "x above 5": 'write ">" instead of "above"',
    "x > 1, y > 1": 'join clauses with "and" or "or" instead of ","',
    "len(objects) of x": 'to count, write len(path) or sum(1 for o in objects if o.label == "car")',
    "hour() > 22": "a condition reads the frame's metadata alone and knows no time of day",
    # names
    "lines.line 1.total > 0": 'a key with a space in it needs quotes: ["line 1"]',
    "nodes.loading bay.count > 0": (
        'two values stand side by side: "and", "or" or a comparison is missing here; a key with a space in it needs '
        'quotes: ["loading bay"]'
    ),
    "nodes.दरवाज़ा.count > 0": (
        'a name with combining signs, such as vowel signs and accents, needs quotes: nodes["…"].count'
    ),
    "nodes.ประตูที่.count > 0": (
        'a name with combining signs, such as vowel signs and accents, needs quotes: nodes["…"].count'
    ),
}


@pytest.mark.parametrize("text", HABITS)
def test_a_habit_is_refused_with_what_to_write_instead(text: str) -> None:
    with pytest.raises(ConditionError) as caught:
        Condition(text)
    called = text.split("(")[0].split(".")[-1]
    assert HABITS[text] in (
        caught.value.message,
        caught.value.message.removeprefix(f'there is no function "{called}"; '),
    )


@pytest.mark.parametrize(
    "text",
    [
        'nodes["दरवाज़ा"].count > 0',
        "nodes.eq > 5",
        "count > 5 and has.like = 1",
        "x - -3 > 1",
        "objects.count > 1",
        "nodes.gt.contains = 'a'",
    ],
)
def test_what_only_looks_like_a_habit_is_read(text: str) -> None:
    assert Condition(text).text == text


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("objects|length > 3", "filters are of templates: write len(objects)"),
        ("nodes.a.list[0].b | count > 3", "filters are of templates: write len(nodes.a.list[0].b)"),
        ('label|upper == "CAR"', "filters are of templates: write upper(label)"),
        ("(a + b)|abs > 3", "filters are of templates: write abs(path)"),
        ("a|default(0) > 3", "filters are of templates: a path that is missing is unknown"),
        ("a|int > 3", "filters are of templates: write number(a)"),
        ("objects|first", "filters are of templates: write objects[0]"),
        ("objects|unique", "filters are of templates: write a function such as len(objects)"),
        ("is_open | is_broken", 'write "or" instead of "|"'),
        ("a > 3 | b > 3", 'write "or" instead of "|"'),
        ("a||length", 'write "or" instead of "||"'),
    ],
)
def test_a_filter_of_a_template_is_answered_with_the_function(source: str, hint: str) -> None:
    with pytest.raises(ConditionError) as refused:
        Condition(source)
    assert hint in str(refused.value)
