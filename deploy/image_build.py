"""Builds an image as a container engine does: each instruction of the Containerfile, in a root file system."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from deploy.containerfile import Instruction, Stage, filled, health_command, instructions_of, stages_of
from deploy.roots import ProofError, Root, on_top_of, say

ROOT = Path(__file__).parents[1]


@dataclass
class Image:
    """What an image says about how it is run, and its root."""

    root: Root
    layer: Path
    environment: dict[str, str] = field(default_factory=dict)
    user: str = "0:0"
    folder: str = "/"
    volumes: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    default: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    stop_signal: str = "SIGTERM"


class Build:
    """One build. Its stages stay mounted until `stack` is closed.

    `contexts` are folders that take the place of a stage, as `--build-context` gives them. Without `has_network` no
    command has one.
    """

    def __init__(
        self,
        stack: ExitStack,
        folder: Path,
        base: Path,
        *,
        given: Mapping[str, str] | None = None,
        contexts: Mapping[str, Path] | None = None,
        has_network: bool = True,
    ) -> None:
        self._stack, self._folder, self._base = stack, folder, base
        self._given = dict(given or {})
        self.places: dict[str, Path] = dict(contexts or {})
        self._has_network = has_network

    def image(self) -> Image:
        """Build the stages that the last one needs, and give it."""
        instructions = instructions_of((ROOT / "Containerfile").read_text(encoding="utf-8"))
        stages = stages_of(instructions, self._given)
        wanted = _needed(stages, set(self.places))
        for stage in stages:
            if stage.name in wanted:
                image = self._stage(stage)
                self.places[stage.name] = image.root.path
        return image

    def _stage(self, stage: Stage) -> Image:
        say(f"FROM {stage.base} AS {stage.name or '(the image)'}")
        folder = self._folder / (stage.name or "image")
        lower = None if stage.base == "scratch" else self._base
        root = self._stack.enter_context(on_top_of(lower, folder))
        image, arguments = Image(root, folder / "upper"), dict[str, str]()
        for one in stage.instructions:
            say(f"{one.line:3} {one.name} {one.text[:110]}")
            self._execute(one, image, arguments)
        return image

    def _execute(self, one: Instruction, image: Image, arguments: dict[str, str]) -> None:
        match one.name:
            case "ARG":
                name, _, value = one.text.partition("=")
                arguments[name] = self._given.get(name, value)
            case "COPY":
                self._copy(one.words, image)
            case "RUN":
                image.root.must(
                    one.command, environment={**image.environment, **arguments}, user=image.user,
                    folder=image.folder, has_network=self._has_network,
                )  # fmt: skip
            case "ENV":
                image.environment |= dict(word.split("=", 1) for word in one.words)
            case "USER":
                image.user = one.text
            case "WORKDIR":
                image.folder = filled(one.text, arguments)
            case "VOLUME":
                image.volumes = one.words
            case "ENTRYPOINT":
                image.entrypoint = one.command
            case "CMD":
                image.default = one.command
            case "HEALTHCHECK":
                image.health = health_command(one)
            case "STOPSIGNAL":
                image.stop_signal = one.text

    def _copy(self, words: tuple[str, ...], image: Image) -> None:
        *options, source, target = words
        place = image.root.path / target.lstrip("/")
        if not options:
            copy_context(place)
            return
        stage = self.places[options[0].removeprefix("--from=")]
        found = stage / source.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["cp", "-a", f"{found}/.", str(place)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ProofError(f"COPY {' '.join(words)}: {done.stderr}")


def copy_context(place: Path) -> None:
    """Copy what `.containerignore` lets in: it names everything as ignored, and then what is not."""
    text = (ROOT / ".containerignore").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    if lines[0] != "*":
        raise ProofError(".containerignore does not begin with *")
    ignored = shutil.ignore_patterns(*(line.removeprefix("**/") for line in lines if line.startswith("**/")))
    place.mkdir(parents=True, exist_ok=True)
    for line in lines:
        if line.startswith("!"):
            source = ROOT / line[1:]
            if source.is_dir():
                shutil.copytree(source, place / source.name, ignore=ignored)
            else:
                shutil.copy2(source, place)


def _needed(stages: list[Stage], given: set[str]) -> set[str]:
    """The names of the stages that the last one is made from, itself included."""
    by_name = {stage.name: stage for stage in stages}
    wanted, open_names = set[str](), [stages[-1].name]
    while open_names:
        name = open_names.pop()
        if name in given or name in wanted:
            continue
        wanted.add(name)
        for one in by_name[name].instructions:
            if one.name == "COPY" and one.text.startswith("--from="):
                open_names.append(one.words[0].removeprefix("--from="))
    return wanted
