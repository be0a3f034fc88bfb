"""Builds the image twice, the second time without a network, and runs the bridge and the simulator of compose.yaml."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from deploy.image_build import ROOT, Build, Image
from deploy.made_video import write_video
from deploy.roots import ProofError, base, require_tools, say, scratch, wait_until

EXAMPLES = ROOT / "examples" / "container"
PACKAGES = ("python3", "python3-venv", "ca-certificates")
_IDLE_AFTER_S = 15


def prove() -> None:
    """The proof, step by step. ProofError: a step failed."""
    require_tools()
    python = base("python", PACKAGES)
    compose = yaml.safe_load((EXAMPLES / "compose.yaml").read_text(encoding="utf-8"))
    with scratch() as folder, ExitStack() as stack:
        say("== The image, from this folder")
        first = Build(stack, folder / "bridge", python)
        first.image()
        say("== Again without a network, from the folder of wheels")
        wheels = folder / "wheels"
        shutil.copytree(first.places["wheels"], wheels, ignore=shutil.ignore_patterns("proc", "dev", "run", "etc"))
        image = Build(stack, folder / "offline", python, contexts={"wheels": wheels}, has_network=False).image()
        say("== The image of the simulator")
        extras = compose["services"]["simulator"]["build"]["args"]
        simulator = Build(stack, folder / "simulator", python, given=extras).image()
        say(f"size on top of the base: {_megabytes(image.layer)} MB, of the simulator {_megabytes(simulator.layer)} MB")
        _run_both(image, simulator, compose["services"], folder)
    say("proven")


def _run_both(image: Image, simulator: Image, services: Mapping[str, Any], folder: Path) -> None:
    """What `compose up` does: volumes and files in place, the simulator, then the bridge; and what is expected."""
    say("== Simulator and bridge, as compose.yaml has them")
    root = image.root.path
    shutil.copy(EXAMPLES / "site.toml", root / "etc/securos-trigger/site.toml")
    write_video(root / "srv/yard.mp4")
    command = [word.replace('"', "") for word in services["simulator"]["command"]]
    with _running(simulator, command, folder / "simulator.log"):
        state = simulator.root.path / "var/lib/securos-trigger"
        wait_until("the simulator's token", (state / "token").is_file)
        shared = root / "run/simulator"
        shutil.copytree(state, shared)
        shutil.copystat(state, shared)
        _give(shared, image.user)
        for turn in (1, 2):
            with _running(image, image.default, folder / f"bridge{turn}.log") as bridge:
                wait_until("health", lambda: _health(image) == 0)
                wait_until("events delivered", partial(_has_delivered, image, turn))
                say(f"start {turn}: healthy, {_delivered(image)} delivered, memory {_memory_mb(bridge)} MB")
                _end(bridge, image.stop_signal)
            if _health(image) == 0:
                raise ProofError("the health check is 0 for a bridge that has ended")
        _idle(image, folder)
        _without_shell(image)
    log = (folder / "bridge2.log").read_text()
    if "Traceback" in log:
        raise ProofError(log[-3000:])


def _idle(image: Image, folder: Path) -> None:
    """A bridge with one input whose broker is not there: what it needs when nothing happens."""
    shutil.copy(EXAMPLES / "frigate.site.toml", image.root.path / "etc/securos-trigger/frigate.toml")
    with _running(image, ["run", "--quiet", "/etc/securos-trigger/frigate.toml"], folder / "idle.log") as bridge:
        time.sleep(_IDLE_AFTER_S)
        say(f"idle, with one input and no video: memory {_memory_mb(bridge)} MB")


def _without_shell(image: Image) -> None:
    """Nothing in the image needs a shell: it runs the same without one."""
    for name in ("bin/sh", "bin/bash", "bin/dash"):
        (image.root.path / "usr" / name).unlink(missing_ok=True)
    done = image.root.run([*image.entrypoint, "--version"], environment=image.environment, user=image.user)
    if done.returncode or _health(image) != 3:
        raise ProofError(f"a shell is needed: {done.stderr}")
    say("without a shell: the command and the health check work")


@contextmanager
def _running(image: Image, arguments: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The image's program, as its user, in its folder, with its environment; killed at the end if it runs still."""
    words = image.root.command([*image.entrypoint, *arguments], user=image.user, folder=image.folder)
    with log.open("wb") as output:
        process = subprocess.Popen(words, env=image.environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _asked(image: Image, *words: str) -> subprocess.CompletedProcess[str]:
    return image.root.run(
        [*image.entrypoint, *words], environment=image.environment, user=image.user, folder=image.folder
    )


def _health(image: Image) -> int:
    done = image.root.run(image.health, environment=image.environment, user=image.user, folder=image.folder)
    return done.returncode


def _delivered(image: Image) -> int:
    done = _asked(image, "status", "--json", "/etc/securos-trigger/site.toml")
    return int(json.loads(done.stdout)["outbox"]["counts"]["delivered"]) if done.stdout.startswith("{") else 0


def _has_delivered(image: Image, count: int) -> bool:
    return _delivered(image) >= count


def _end(process: subprocess.Popen[bytes], name: str) -> None:
    process.send_signal(getattr(signal, name))
    if process.wait(30) != 0:
        raise ProofError(f"{name} ended the bridge with {process.returncode}")


def _give(folder: Path, user: str) -> None:
    uid, gid = map(int, user.split(":"))
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, gid)


def _memory_mb(process: subprocess.Popen[bytes]) -> int:
    """The resident memory of the process."""
    text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) // 1024 for line in text.splitlines() if line.startswith("Rss:"))


def _megabytes(folder: Path) -> int:
    done = subprocess.run(
        ["du", "--summarize", "--block-size=1M", str(folder)], capture_output=True, text=True, check=True
    )
    return int(done.stdout.split()[0])
