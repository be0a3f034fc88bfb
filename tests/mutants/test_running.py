"""A mutation run of a small tree: it kills, it finds what survives, and it leaves the tree alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from mutants import report
from mutants.copies import BrokenTestsError
from mutants.explained import Explanations, read_explanations
from mutants.mutant import Fate, Outcome
from mutants.running import Plan, mutants_of, run
from mutants.subjects import Subject, subjects

MODULE = """\
def is_full(count: int, limit: int) -> bool:
    while count > 1000:
        count -= 1
    return count >= limit
"""
TEST = """\
from box import is_full

def test_a_box_is_full_above_its_limit():
    assert is_full(4, 3)
    assert not is_full(2, 3)
"""
EVERYTHING = Plan(sample=None, seed=1, workers=2)
NOTHING_EXPLAINED = Explanations({}, {})


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    for name, text in (("src/box.py", MODULE), ("tests/test_box.py", TEST)):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    return tree


BOX = Subject("src/box.py", "box", (("tests/test_box.py",),))


def contents(tree: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def test_what_the_tests_notice_is_killed_and_what_they_do_not_survives(tree: Path) -> None:
    before = contents(tree)
    outcomes = run(tree, [BOX], EVERYTHING, NOTHING_EXPLAINED)
    fates = {outcome.mutant.now: outcome.fate for outcome in outcomes}
    assert fates["return count < limit"] is Fate.KILLED
    assert fates["return None"] is Fate.KILLED
    assert fates["return count > limit"] is Fate.SURVIVED
    assert fates["while count > 1001:"] is Fate.SURVIVED
    assert contents(tree) == before


def test_a_mutant_that_never_ends_is_timed_out(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mutants.copies._AT_LEAST_S", 1.0)
    monkeypatch.setattr("mutants.copies._SLOWER", 1.0)
    (tree / "src/box.py").write_text(MODULE.replace("count > 1000", "count > limit * 2"))
    outcomes = run(tree, [BOX], EVERYTHING, NOTHING_EXPLAINED)
    [endless] = [outcome for outcome in outcomes if outcome.mutant.now == "while not (count > limit * 2):"]
    assert endless.fate is Fate.TIMED_OUT


def test_tests_that_fail_without_a_mutant_end_the_run(tree: Path) -> None:
    (tree / "tests/test_box.py").write_text(TEST.replace("not ", ""))
    with pytest.raises(BrokenTestsError, match=r"^These tests fail without any mutant: tests/test_box\.py\n"):
        run(tree, [BOX], EVERYTHING, NOTHING_EXPLAINED)


def test_a_seed_chooses_the_same_sample_each_time(tree: Path) -> None:
    def sample(seed: int) -> list[str]:
        return [mutant.now for mutant in Plan(sample=4, seed=seed, workers=1).chosen(tree, BOX)]

    assert sample(1) == sample(1)
    assert len(sample(1)) == 4
    assert any(sample(seed) != sample(1) for seed in range(2, 9))


def survivor(tree: Path) -> Outcome:
    [found] = [one for one in EVERYTHING.chosen(tree, BOX) if one.now == "return count > limit"]
    return Outcome(found, Fate.SURVIVED)


def test_a_survivor_is_explained_by_its_text_wherever_it_stands(tree: Path, tmp_path: Path) -> None:
    file = tmp_path / "explained.toml"
    file.write_text(
        '[floors]\nbox = 0.5\n[[survivor]]\nmodule = "src/box.py"\nfunction = "is_full"\n'
        'was = "return count   >= limit"\nnow = "return count > limit"\nwhy = "An example."\n'
    )
    explanations = read_explanations(file)
    (tree / "src/box.py").write_text("# a line more\n\n" + MODULE)
    assert explanations.reason_for(survivor(tree).mutant) == "An example."
    assert explanations.floors == {"box": 0.5}


def test_an_explanation_without_a_reason_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "explained.toml"
    file.write_text('[[survivor]]\nmodule = "a"\nfunction = "b"\nwas = "c"\nnow = "d"\nwhy = " "\n')
    with pytest.raises(ValueError, match=r"^explained\.toml, survivor 1: it needs function, module, now, was, why"):
        read_explanations(file)


def test_the_report_counts_and_names_what_survived(tree: Path) -> None:
    found = survivor(tree)
    outcomes = [found, Outcome(found.mutant, Fate.SURVIVED, "An example."), Outcome(found.mutant, Fate.KILLED)]
    files, packages = report.rows([BOX], outcomes)
    assert packages == [("box", 3, 1, 0, 2, 1, 2 / 3)]
    assert report.table(files).splitlines() == [
        "| module     | mutants | killed | timed out | survived | of them explained | score |",
        "|------------|--------:|-------:|----------:|---------:|------------------:|------:|",
        "| src/box.py |       3 |      1 |         0 |        2 |                 1 |   67% |",
    ]
    assert report.survivors(outcomes) == (
        "src/box.py:4 is_full (comparison)\n  - return count >= limit\n  + return count > limit"
    )
    assert report.below_their_floor(packages, Explanations({"box": 0.7}, {})) == [
        "box: 66.7% killed or explained, the floor is 70%"
    ]
    assert report.below_their_floor(packages, Explanations({"box": 0.6}, {})) == []


def test_each_subject_of_this_tree_has_tests_and_each_explanation_a_place() -> None:
    root = Path(__file__).parents[2]
    found = subjects(root)
    assert all(subject.stages for subject in found)
    assert all((root / test).exists() for subject in found for stage in subject.stages for test in stage)
    places = {
        (mutant.path, mutant.function, mutant.was, mutant.now)
        for subject in found
        for mutant in mutants_of(root, subject)
    }
    assert set(read_explanations().reasons) <= places, "an explanation of code that is no longer there"
