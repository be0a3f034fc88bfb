"""Builds the Debian package: a virtual environment with all libraries, and the files of `deploy/debian` around it."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import tomllib
from pathlib import Path

from deploy.image_build import ROOT, copy_context
from deploy.roots import ProofError, Root, base, on_top_of, require_tools, say, scratch

#: All parts but Ray and the demo: there is no pip in the package to add one later.
EXTRAS = "video,inputs,metrics,console,cluster"
PYTHON_PACKAGES = ("python3", "python3-venv", "ca-certificates")
HOME = "usr/lib/securos-trigger"
RECIPE = ROOT / "deploy" / "debian"


def build_deb(into: Path) -> Path:
    """Build the package into a folder; give its path. The libraries are fetched by pip, in a clean Debian."""
    require_tools()
    python = base("python", PYTHON_PACKAGES)
    with scratch() as folder, on_top_of(python, folder / "build") as root:
        _install_program(root)
        tree = folder / "tree"
        _copy(root.path / HOME, tree / HOME)
        _place_files(tree)
        _place_pages(tree / "usr/share/doc/securos-trigger")
        _place_completion(root, tree)
        return _packed(root, tree, into)


def _install_program(root: Root) -> None:
    """The program and its libraries, where they will be: a virtual environment cannot be moved."""
    copy_context(root.path / "src")
    say("the program and its libraries, by pip")
    root.must(["python3", "-m", "venv", f"/{HOME}"])
    root.must([f"/{HOME}/bin/pip", "install", "--no-cache-dir", "--quiet", f"/src[{EXTRAS}]"])
    root.must([f"/{HOME}/bin/pip", "uninstall", "--yes", "--quiet", "setuptools", "pip"])
    root.must([f"/{HOME}/bin/python", "-m", "compileall", "-q", f"/{HOME}"])


def _place_files(tree: Path) -> None:
    unit = (ROOT / "examples" / "securos-trigger.service").read_text(encoding="utf-8")
    _write(tree / "lib/systemd/system/securos-trigger.service", unit.replace("/opt/securos-trigger/bin/", "/usr/bin/"))
    for kind in ("sysusers", "tmpfiles"):
        text = (RECIPE / f"securos-trigger.{kind}").read_text(encoding="utf-8")
        _write(tree / f"usr/lib/{kind}.d/securos-trigger.conf", text)
    _write(tree / "etc/securos-trigger/site.toml", (ROOT / "examples" / "site.toml").read_text(encoding="utf-8"))
    for name in ("LICENSE", "NOTICE", "README.md", "CHANGELOG.md"):
        _write(tree / "usr/share/doc/securos-trigger" / name, (ROOT / name).read_text(encoding="utf-8"))
    shutil.move(tree / "usr/share/doc/securos-trigger/LICENSE", tree / "usr/share/doc/securos-trigger/copyright")
    _write_compressed(tree / "usr/share/man/man1/securos-trigger.1.gz", ROOT / "man" / "securos-trigger.1")
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "usr/bin/securos-trigger").symlink_to("../lib/securos-trigger/bin/securos-trigger")


def _place_pages(into: Path) -> None:
    """The pages of the documentation, where messages and links look for them: beside README.md."""
    for name in ("docs", "contract", "examples"):
        shutil.copytree(
            ROOT / name, into / name, ignore=shutil.ignore_patterns("*.py", "_site", "__pycache__", "tests")
        )


def _place_completion(root: Root, tree: Path) -> None:
    asked = "env _SECUROS_TRIGGER_COMPLETE=bash_source securos-trigger"
    script = root.must(["sh", "-c", f"PATH=/{HOME}/bin:$PATH {asked}"])
    _write(tree / "usr/share/bash-completion/completions/securos-trigger", script)


def _packed(root: Root, tree: Path, into: Path) -> Path:
    """The package, with its control files."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    minor = int(root.must(["python3", "-c", "import sys; print(sys.version_info.minor)"]))
    values = {
        "version": version,
        "architecture": root.must(["dpkg", "--print-architecture"]).strip(),
        "python": f"python3 (>= 3.{minor}~), python3 (<< 3.{minor + 1})",
        "size_kib": subprocess.run(["du", "-sk", tree], capture_output=True, text=True, check=True).stdout.split()[0],
    }
    control = (RECIPE / "control").read_text(encoding="utf-8").format(**values)
    _write(tree / "DEBIAN/control", control)
    for name in ("conffiles", "postinst", "prerm", "postrm"):
        shutil.copy2(RECIPE / name, tree / "DEBIAN" / name)
    into.mkdir(parents=True, exist_ok=True)
    package = into / f"securos-trigger_{version}-1_{values['architecture']}.deb"
    command = ["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", str(tree), str(package)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProofError(done.stderr)
    say(f"{package.name}: {package.stat().st_size // 1024**2} MB, {int(values['size_kib']) // 1024} MB installed")
    return package


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True)
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def _write_compressed(path: Path, source: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(source.read_bytes(), mtime=0))
    path.chmod(0o644)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
