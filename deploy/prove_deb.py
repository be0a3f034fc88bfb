"""Builds the Debian package and tries it in a clean Debian: installed, used, updated, removed, purged."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from pathlib import Path

from deploy.build_deb import HOME, build_deb
from deploy.image_build import ROOT
from deploy.made_video import write_video
from deploy.roots import ProofError, Root, base, on_top_of, require_tools, say, scratch, wait_until
from securos_trigger.vms.simulator import Simulator

CONFIG = "/etc/securos-trigger/site.toml"
STATE = "var/lib/securos-trigger"


def prove() -> None:
    """The proof, step by step. ProofError: a step failed."""
    require_tools()
    package = build_deb(ROOT / "dist")
    clean = base("clean", ("ca-certificates",))
    with scratch() as folder, on_top_of(clean, folder) as root:
        before = _files(root)
        _install(root, package)
        _use(root)
        _update(root, package)
        _remove(root, before)
    say("proven")


def _install(root: Root, package: Path) -> None:
    say("== Install")
    shutil.copy(package, root.path / "tmp" / package.name)
    root.must(["apt-get", "update", "--quiet"])
    root.must(["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", f"/tmp/{package.name}"])
    say(root.must(["securos-trigger", "--version"]).strip())
    owner = root.must(["stat", "--format=%U %a", f"/{STATE}", CONFIG])
    if owner.split() != ["securos-trigger", "700", "root", "640"]:
        raise ProofError(f"owners and modes are {owner}")
    for name in ("man/man1/securos-trigger.1.gz", "doc/securos-trigger/docs/troubleshooting.md"):
        root.must(["test", "-s", f"/usr/share/{name}"])
    asked = "COMP_WORDS='securos-trigger outb' COMP_CWORD=1 _SECUROS_TRIGGER_COMPLETE=bash_complete securos-trigger"
    root.must(["bash", "-n", "/usr/share/bash-completion/completions/securos-trigger"])
    if (completed := root.must(["bash", "-c", asked]).strip()) != "plain,outbox":
        raise ProofError(f"outb is completed to {completed}")
    root.must([f"/{HOME}/bin/python", "-c", "import nats, uvicorn, securos_trigger.console.app"])


def _use(root: Root) -> None:
    """The command of the unit, as its user, delivers; a signal ends it."""
    say("== The unit's command, in the foreground, against a simulated SecurOS")
    write_video(root.path / "srv/yard.mp4")
    unit = (root.path / "lib/systemd/system/securos-trigger.service").read_text()
    command = next(line.partition("=")[2].split() for line in unit.splitlines() if line.startswith("ExecStart="))
    user = ":".join(root.must(["sh", "-c", "id -u securos-trigger; id -g securos-trigger"]).split())
    with Simulator(("1",)) as simulator:
        _configure(root, simulator)
        process = subprocess.Popen(root.command(command, user=user, folder=f"/{STATE}"), env={"PATH": "/usr/bin:/bin"})
        try:
            wait_until("events in SecurOS", lambda: len(simulator.events()) >= 2)
            status = json.loads(root.must(["securos-trigger", "status", "--json", CONFIG]))
            if status["verdict"] != "healthy":
                raise ProofError(f"the status is {status['verdict']}: {status['troubles']}")
            process.send_signal(signal.SIGTERM)
            if process.wait(30):
                raise ProofError(f"SIGTERM ended it with {process.returncode}")
        finally:
            process.kill()
            process.wait()
    say(f"{len(status['pipelines'])} pipeline healthy, events delivered, ended by SIGTERM")


def _configure(root: Root, simulator: Simulator) -> None:
    """The example of the container, with this simulator as its receiver, as an administrator would write it."""
    text = (ROOT / "examples" / "container" / "site.toml").read_text(encoding="utf-8")
    text = text.replace('"3443"', f'"{simulator.receiver_port}"').replace("interval = 5", "interval = 1")
    (root.path / CONFIG.lstrip("/")).write_text(text.replace("/run/simulator/token", "/etc/securos-trigger/token"))
    token = root.path / "etc/securos-trigger/token"
    token.write_text(f"{simulator.token}\n")
    root.must(["chown", "securos-trigger", "/etc/securos-trigger/token"])
    token.chmod(0o600)


def _update(root: Root, package: Path) -> None:
    say("== The same package again, as an update: the configuration stays")
    mine = (root.path / CONFIG.lstrip("/")).read_text()
    root.must(["dpkg", "--install", f"/tmp/{package.name}"])
    if (root.path / CONFIG.lstrip("/")).read_text() != mine:
        raise ProofError("the update has changed site.toml")
    if not (root.path / STATE / "outbox.sqlite").is_file():
        raise ProofError("the update has removed the outbox")


def _remove(root: Root, before: set[str]) -> None:
    say("== Remove: state and configuration stay. Purge: nothing stays")
    root.must(["dpkg", "--remove", "securos-trigger"])
    left = {name for name in _files(root) - before if "securos" in name and not name.startswith("var/lib/dpkg")}
    expected = {name for name in left if name.startswith((f"{STATE}", "etc/securos-trigger"))}
    if left != expected or not (root.path / STATE / "outbox.sqlite").is_file():
        raise ProofError(f"after remove there are {sorted(left - expected)[:10]}")
    root.must(["dpkg", "--purge", "securos-trigger"])
    left = {name for name in _files(root) - before if "securos" in name}
    if left:
        raise ProofError(f"after purge there are {sorted(left)[:10]}")


def _files(root: Root) -> set[str]:
    """Every path in the root, but for those of the system itself and the package file."""
    command = ["find", "/", "-xdev", "(", "-path", "/proc", "-o", "-path", "/dev", "-o", "-path", "/tmp", ")", "-prune"]
    return {line.lstrip("/") for line in root.must([*command, "-o", "-print"]).splitlines()}
