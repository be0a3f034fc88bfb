"""What conditions read of the metadata, as a tree."""

from __future__ import annotations

import pytest

from securos_trigger.conditions.read_parts import Part, parts_read

WHOLE = Part(is_whole=True)


@pytest.mark.parametrize(
    ("condition", "read"),
    [
        ("true", Part()),
        ("a", Part(below={"a": WHOLE})),
        ("a.b > 1 and a.c > 1", Part(below={"a": Part(below={"b": WHOLE, "c": WHOLE})})),
        ("a.*.b > 1", Part(below={"a": Part(below_each=Part(below={"b": WHOLE}))})),
        ("a.*st > 1", Part(below={"a": Part(below_each=WHOLE)})),
        ("a[0].b > 1", Part(below={"a": WHOLE})),
        ("a.0.b > 1", Part(below={"a": WHOLE})),
        ("len(a) > 1", Part(below={"a": WHOLE})),
        ("any(o.b for o in a)", Part(below={"a": Part(below_each=Part(below={"b": WHOLE}))})),
        ("any(o for o in a)", Part(below={"a": Part(below_each=WHOLE)})),
        ("sum(1 for o in a) > 1", Part(below={"a": Part(below_each=Part())})),
        ("any(o.c for o in a.*.b)", Part(below={"a": Part(below_each=Part(below={"b": Part(below={"c": WHOLE})}))})),
        (
            "any(p for o in a for p in o.b)",
            Part(below={"a": Part(below_each=Part(below={"b": Part(below_each=WHOLE)}))}),
        ),
    ],
)
def test_a_path_is_read_to_its_end_and_of_a_list_what_a_loop_reads(condition: str, read: Part) -> None:
    assert parts_read([condition]).below == read.below


def test_several_conditions_read_what_each_of_them_reads() -> None:
    read = parts_read(["a.b > 1", "a > 1", "c.d > 1", "c.e > 1"])
    assert read.below["a"].is_whole
    assert list(read.below["c"].below) == ["d", "e"]


def test_two_parts_together_read_what_both_read() -> None:
    one, other = parts_read(["a.b > 1 and a.*.c > 1"]), parts_read(["a.b.d > 1", "a.*.e > 1", "f"])
    one.add(other)
    assert one == parts_read(["a.b > 1 and a.b.d > 1", "a.*.c > 1 and a.*.e > 1", "f"])
