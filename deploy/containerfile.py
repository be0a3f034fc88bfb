"""Reads a Containerfile: the instructions that ours uses, and no other one silently."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

#: What is understood. An instruction that is not here is a mistake, so that the file cannot say more than is tried.
KNOWN = (
    *("ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "FROM", "HEALTHCHECK", "RUN", "STOPSIGNAL", "USER"),
    *("VOLUME", "WORKDIR"),
)

_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Instruction:
    """One instruction. `line` is its number in the file."""

    line: int
    name: str
    text: str

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the exec form, or those between spaces."""
        if self.text.startswith("["):
            return tuple(json.loads(self.text))
        return tuple(self.text.split())

    @property
    def command(self) -> tuple[str, ...]:
        """What is executed: the exec form as it is, else through a shell."""
        return self.words if self.text.startswith("[") else ("/bin/sh", "-c", self.text)


@dataclass(frozen=True)
class Stage:
    """One stage: what it begins with, its name (empty for the last one of ours), and what is done in it."""

    base: str
    name: str
    instructions: tuple[Instruction, ...]


def instructions_of(text: str) -> list[Instruction]:
    """The instructions of a file, in order. ValueError: one is not known."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, rest = line.strip().partition(" ")
        if name not in KNOWN or line.endswith("\\"):
            raise ValueError(f"line {number}: {line.strip()}: this is not understood")
        found.append(Instruction(number, name, rest.strip()))
    return found


def stages_of(instructions: list[Instruction], given: Mapping[str, str]) -> list[Stage]:
    """The stages. `given` are values of build arguments; those before the first FROM may stand in a FROM."""
    stages: list[Stage] = []
    arguments = dict(given)
    for one in instructions:
        if one.name == "FROM":
            base, *named = filled(one.text, arguments).split()
            stages.append(Stage(base, named[1] if named else "", ()))
        elif not stages:
            name, _, value = one.text.partition("=")
            arguments.setdefault(name, value)
        else:
            last = stages[-1]
            stages[-1] = Stage(last.base, last.name, (*last.instructions, one))
    return stages


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with `${NAME}` replaced. KeyError: there is no such value."""
    return _VARIABLE.sub(lambda match: values[match[1]], text)


def health_command(instruction: Instruction) -> tuple[str, ...]:
    """The command of a HEALTHCHECK in the exec form."""
    _, _, command = instruction.text.partition(" CMD ")
    return tuple(json.loads(command))
