"""Signs that people type out of habit from other languages, and what to write instead."""

from __future__ import annotations

from typing import Final

# What a web page writes for signs.
_OF_HTML: Final = {"gt": '">"', "lt": '"<"', "amp": '"and"', "quot": "a straight quote", "nbsp": "a space"}

# What people type out of habit, and what it is called here. Longer spellings stand first.
HABITS: Final = (
    ("!==", 'write "!=" for "not equal to"'),
    ("===", 'write "==" (or "=") to compare'),
    *((f"&{name};", f'write {sign} instead of "&{name};"') for name, sign in _OF_HTML.items()),
    ("&&", 'write "and" instead of "&&"'),
    ("||", 'write "or" instead of "||"'),
    ("**", '"**" is not part of conditions: "*" multiplies, and as a step of a path it is the wildcard'),
    ("//", '"//" is not part of conditions: "/" divides, and there are no comments'),
    ("/*", "a condition has no comments"),
    ("--", 'a condition has no comments; to subtract a negative value, write a space between the signs: "- -"'),
    ("++", '"++" is not part of conditions: "+" adds'),
    ("=~", 'there are no patterns here: write "part" in path or startswith(path, "part")'),
    ("~=", 'there are no patterns here: write "part" in path or startswith(path, "part")'),
    ("!~", 'there are no patterns here: write not ("part" in path)'),
    ("??", "a path that is missing is unknown, and no other value can stand in for it"),
    ("?.", 'write "." alone: a path that is missing raises nothing, its clause is unknown'),
    ("..", 'one "." stands between the keys of a path; a range is written 1 <= path <= 5'),
    ("->", 'write "." between the keys of a path'),
    ("::", "values have no types here: write number(path) for the number in a text"),
    (":=", 'nothing can be assigned in a condition: write "==" (or "=") to compare'),
    ("<=>", 'write "==" (or "=") to compare'),
    ("=<", 'write "<=" for "less than or equal to"'),
    ("=>", 'write ">=" for "greater than or equal to"'),
    ("=!", 'write "!=" for "not equal to"'),
    ("<>", 'write "!=" for "not equal to"'),
    ("&", 'write "and" instead of "&"'),
    ("|", 'write "or" instead of "|"'),
    ("≥", 'write ">=" instead of "≥"'),
    ("≤", 'write "<=" instead of "≤"'),
    ("≠", 'write "!=" instead of "≠"'),
    ("×", 'write "*" with a space on each side instead of "×"'),
    ("−", 'this is a typographic minus: write "-"'),
    ("–", 'this is a dash: write "-"'),
    ("?", '"?" and ":" are not part of conditions: join clauses with "and" and "or"'),
    (":", '":" is not part of conditions: a path is written with dots, nodes.presence1.motion'),
    ("$", 'a path is written as it is, nodes.presence1.motion, without "$"'),
    ("@", 'a path is written as it is, nodes.presence1.motion, without "@"'),
    ("¬", 'write "not" instead of "¬"'),
    ("∧", 'write "and" instead of "∧"'),
    ("∨", 'write "or" instead of "∨"'),
    ("÷", 'write "/" instead of "÷"'),
    ("^", '"^" is not part of conditions: there are no powers'),
    ("~", 'there are no patterns here: write "part" in path or startswith(path, "part")'),
    ("\\", "put text in straight quotes; a backslash stands only inside of them"),
    ("%", '"%" is not part of conditions: write 0.5 for 50 %; there are no remainders'),
    ("{", 'braces are not part of conditions: a path is written as it is, nodes.presence1.motion, without "{"'),
    ("}", 'braces are not part of conditions: a path is written as it is, nodes.presence1.motion, without "}"'),
    ("#", "a condition has no comments"),
    (";", 'a condition is one expression: join its clauses with "and" or "or"'),
    ("`", "put text in straight quotes; a path has none"),
)
