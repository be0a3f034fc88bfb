"""Root file systems: made by mmdebstrap once, used through an overlay so that they stay clean."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

#: Made once; remove it, and the next run makes them again.
CACHE = Path("/var/tmp/securos-trigger-roots")
SUITE = "bookworm"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


#: What a proof waits for must be there within this time, in seconds.
WITHIN_S = 120


class ProofError(Exception):
    """The proof failed, or cannot be tried here; one sentence."""


@dataclass(frozen=True)
class Root:
    """A root file system with /proc, /dev and the settings of this machine's network and pip."""

    path: Path
    network: Mapping[str, str] = field(default_factory=dict)

    def command(self, words: Sequence[str], *, user: str = "0:0", folder: str = "/") -> list[str]:
        """The words as a command in this root. `user` is `UID:GID`."""
        uid, gid = user.split(":")
        inner = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "env", f"--chdir={folder}"]
        return [_program("chroot"), str(self.path), *(inner if user != "0:0" or folder != "/" else []), *words]

    def run(
        self,
        words: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        user: str = "0:0",
        folder: str = "/",
        has_network: bool = True,
        text: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in it, to its end."""
        alone = [] if has_network else [_program("unshare"), "--net"]
        given = {"PATH": PATH, "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        return subprocess.run(
            [*alone, *self.command(words, user=user, folder=folder)],
            env={**given, **(self.network if has_network else {}), **(environment or {})},
            input=text, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def must(self, words: Sequence[str], **options: object) -> str:
        """Run a command that must succeed; give what it prints. ProofError: it fails."""
        done = self.run(words, **options)  # type: ignore[arg-type]
        if done.returncode:
            raise ProofError(f"{' '.join(words)}: exit code {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}")
        return done.stdout


def _program(name: str) -> str:
    """The path of a program of this machine: the PATH of a command in a root is for that root."""
    return shutil.which(name) or name


def require_tools() -> None:
    """ProofError where this cannot be tried."""
    if os.geteuid() != 0:
        raise ProofError("root is needed to make a root file system")
    missing = [tool for tool in ("mmdebstrap", "chroot", "setpriv", "unshare") if shutil.which(tool) is None]
    if missing:
        raise ProofError(f"{', '.join(missing)} is missing: apt-get install mmdebstrap util-linux")


def base(name: str, packages: Sequence[str]) -> Path:
    """The folder of a Debian with these packages beside the smallest set; made at the first use, minutes."""
    kept = CACHE / f"{name}-{SUITE}"
    ready = CACHE / f"{name}-{SUITE}.ready"
    if ready.is_file() and ready.read_text() == ",".join(packages):
        return kept
    shutil.rmtree(kept, ignore_errors=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    command = ["mmdebstrap", "--variant=minbase", f"--include={','.join(packages)}", SUITE, str(kept)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise ProofError(f"mmdebstrap failed: {made.stderr[-2000:]}")
    ready.write_text(",".join(packages))
    return kept


@contextmanager
def on_top_of(lower: Path | None, folder: Path) -> Iterator[Root]:
    """A root whose changes go into `folder/upper`; `lower` stays as it is. None: nothing is below."""
    for name in ("upper", "work", "merged", "empty"):
        (folder / name).mkdir(parents=True)
    merged = folder / "merged"
    with ExitStack() as stack:
        layers = f"lowerdir={lower or folder / 'empty'},upperdir={folder / 'upper'},workdir={folder / 'work'}"
        _mount(stack, ["-t", "overlay", "overlay", "-o", layers], merged)
        network: dict[str, str] = {}
        if lower is not None:
            _mount(stack, ["-t", "proc", "proc"], merged / "proc")
            _mount(stack, ["--rbind", "/dev"], merged / "dev")
            _mount(stack, ["--bind", "/etc/resolv.conf"], _file(merged / "etc/resolv.conf"))
            network = _settings_of_pip(stack, merged)
        yield Root(merged, network)


def _settings_of_pip(stack: ExitStack, root: Path) -> dict[str, str]:
    """Proxies, the CA of a proxy and folders of packages that pip uses on this machine, at hand in the root, too."""
    found = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    if certificates := os.environ.get("PIP_CERT"):
        _mount(stack, ["--bind", certificates], _file(root / "run/pip-certificates.pem"))
        found["PIP_CERT"] = "/run/pip-certificates.pem"
    if wheels := os.environ.get("PIP_FIND_LINKS"):
        (root / "run/pip-wheels").mkdir(parents=True, exist_ok=True)
        _mount(stack, ["--bind", wheels], root / "run/pip-wheels")
        found["PIP_FIND_LINKS"] = "/run/pip-wheels"
    return {**found, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}


def _file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def _mount(stack: ExitStack, what: Sequence[str], place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True) if not place.is_file() else None
    done = subprocess.run(["mount", *what, str(place)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProofError(f"mount {' '.join(what)}: {done.stderr.strip()}")
    if "--rbind" in what:
        subprocess.run(["mount", "--make-rslave", str(place)], check=True)
    stack.callback(subprocess.run, ["umount", "--lazy", str(place)], check=True)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder on the same disk as the roots, gone at the end."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, ignore_cleanup_errors=True) as name:
        yield Path(name)


def wait_until(what: str, holds: Callable[[], bool]) -> None:
    """Wait for a service in a root. ProofError: `holds` is not true within WITHIN_S."""
    until_s = time.monotonic() + WITHIN_S
    while not holds():
        if time.monotonic() > until_s:
            raise ProofError(f"{what}: not within {WITHIN_S} s")
        time.sleep(0.5)


def say(text: str) -> None:
    """Print a line of the proof, at once."""
    print(text, flush=True)  # noqa: T201
