"""What is mutated, and which tests each file must be held by: the mirror of its path, its package, a few more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Stage = tuple[str, ...]  # tests, from the root of the tree, that run together

SOURCE = Path("src/securos_trigger")
PACKAGES = ("conditions", "trigger", "outbox", "delivery")
RECEIVER = Path("vms/receiver/receiver.js")

# Tests beyond the mirror, by the beginning of a path below SOURCE. They run last: they are slower.
FURTHER_TESTS: Mapping[str, Stage] = {
    "conditions/": ("tests/docs/test_conditions_page.py",),
    "outbox/": (
        "tests/integration/test_outbox.py",
        "tests/integration/test_outbox_troubles.py",
        "tests/integration/test_outbox_reader.py",
        "tests/integration/test_outbox_ages.py",
    ),
    "outbox/rows": ("tests/integration/test_bounding_boxes.py",),
    "runtime/control/": ("tests/integration/test_control.py",),
    "delivery/courier/": (
        "tests/integration/test_courier.py",
        "tests/integration/test_courier_bugs.py",
        "tests/integration/test_courier_changes.py",
    ),
    "delivery/webhook/": ("tests/integration/test_webhook.py",),
    "delivery/certificate_trust": ("tests/integration/test_webhook.py", "tests/integration/test_operating.py"),
    "delivery/certificate_inspection": ("tests/integration/test_certificate_inspection.py",),
    "delivery/certificates": ("tests/integration/test_webhook.py", "tests/integration/test_doctor.py"),
}

# The test files of the receiver that hold a class or function of it best. They run first, then all others.
RECEIVER_TESTS: Mapping[str, Stage] = {
    "Journal": ("state", "folders"),
    "linesOf": ("state",),
    "recordOrNull": ("state",),
    "stateFolders": ("folders",),
    "DeliveryMemory": ("repeats", "turns"),
    "Steps": ("recordings", "repeats"),
    "HeldStates": ("recordings", "turns"),
    "Securos": ("core", "turns"),
    "answerOf": ("core", "securos"),
    "Lanes": ("turns", "core"),
    "Login": ("strangers",),
    "main": ("start", "strangers"),
    "guardProcess": ("strangers",),
    "readSettings": ("start",),
    "pemText": ("start",),
    "serve": ("http", "start"),
    "refuseMalformed": ("http", "shapes"),
    "noteUnanswered": ("http", "shapes"),
}
_RECEIVER_FIRST: Stage = ("shapes", "vectors", "limits")
_RECEIVER_LAST: Stage = ("tests/integration/test_receiver_script.py",)  # over HTTPS


@dataclass(frozen=True, slots=True)
class Subject:
    """A file to mutate. `stages` are tried in order until one of them kills the mutant."""

    path: str
    package: str  # under which its score is added up
    stages: tuple[Stage, ...]
    first: Mapping[str, Stage] = field(default_factory=dict)  # tried before, by the outermost name of the scope

    def stages_for(self, function: str) -> tuple[Stage, ...]:
        """The stages for a mutant in `function`."""
        first = self.first.get(function.split(".")[0])
        if first is None:
            return self.stages
        rest = tuple(tuple(test for test in stage if test not in first) for stage in self.stages)
        return (first, *(stage for stage in rest if stage))


def subjects(tree: Path) -> list[Subject]:
    """Every module of PACKAGES, and the receiver."""
    modules = (path for package in PACKAGES for path in sorted((tree / SOURCE / package).rglob("*.py")))
    found = [_module(tree, path.relative_to(tree / SOURCE)) for path in modules]
    return [*found, _receiver(tree)]


def _module(tree: Path, module: Path) -> Subject:
    package = module.parts[0]
    test = module.with_name(f"test_{module.name}")
    long = Path("tests/property") / (test if (tree / "tests/property" / test).exists() else package)
    wanted = [
        (f"tests/unit/{test.as_posix()}",),
        (f"tests/unit/{package}",),
        (*_further(module.as_posix()), long.as_posix()),
    ]
    stages = (tuple(test for test in stage if (tree / test).exists()) for stage in wanted)
    return Subject((SOURCE / module).as_posix(), package, tuple(stage for stage in stages if stage))


def _further(module: str) -> Iterator[str]:
    for beginning in sorted(FURTHER_TESTS, key=len, reverse=True):
        if module.startswith(beginning):
            yield from FURTHER_TESTS[beginning]


def _receiver(tree: Path) -> Subject:
    folder = RECEIVER.parent
    names = sorted(path.name.removesuffix(".test.js") for path in (tree / folder).glob("*.test.js"))

    def files(wanted: Stage) -> Stage:
        return tuple(f"{folder}/{name}.test.js" for name in wanted if name in names)

    first = {function: files(tests) for function, tests in RECEIVER_TESTS.items()}
    stages = (
        files(_RECEIVER_FIRST),
        files(tuple(name for name in names if name not in _RECEIVER_FIRST)),
        _RECEIVER_LAST,
    )
    return Subject(RECEIVER.as_posix(), "receiver.js", stages, first)
