"""The versions of a configuration file that lie beside it, and how one of them is put back.

`NAME.previous` is the file before its last change, `NAME.saved` what that change made of it, `NAME.broken` a file with
a mistake that a version was put over.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from securos_trigger.config.encoding import content_of, text_in
from securos_trigger.config.reader import digest_of, parse_config
from securos_trigger.errors import ArgumentError, ConfigurationChangedError, ConfigurationError, Mistake
from securos_trigger.system.files import write_together
from securos_trigger.system.locks import lock_for_change
from securos_trigger.system.real_paths import real_path


def restore_previous(path: Path, *, digest: str, check: Callable[[str], None] | None = None) -> None:
    """Put the version before the last change over the file that has this digest; that change is the previous one then.

    Where the file has got a mistake since it was saved, the save is put back, and what was there is `<name>.broken`.
    `check` gets the text before it is written, and raises what it is refused with. ArgumentError: there is none.
    ConfigurationChangedError: the file is another one by now. OSError: it cannot be written.
    """
    path = real_path(path)
    with lock_for_change(path):
        before = _bytes_with(path, digest)
        is_broken = is_broken_since_save(path)
        try:
            after = (saved_of(path) if is_broken else previous_of(path)).read_bytes()
        except FileNotFoundError:
            raise ArgumentError("path", f"there is no version of {path} before this one") from None
        if check is not None:
            check(text_of(after, path))
        if is_broken:
            _put_over_broken(path, before=before, after=after)
        else:
            replace_keeping(path, before=before, after=after)


def put_back(path: Path, text: str, *, digest: str) -> None:
    """Put a text over the file that has this digest.

    What was there is the previous version then; where it has a mistake, it is `<name>.broken`.
    ConfigurationChangedError: the file is another one by now. OSError: it cannot be written.
    """
    path = real_path(path)
    with lock_for_change(path):
        before = _bytes_with(path, digest)
        after = with_ends_of(before, text)
        if has_mistakes(path):
            _put_over_broken(path, before=before, after=after)
        else:
            replace_keeping(path, before=before, after=after)


def _bytes_with(path: Path, digest: str) -> bytes:
    """The content of the file. ConfigurationChangedError: it has another digest."""
    content = content_of(path)
    if digest_of(text_of(content, path)) != digest:
        raise ConfigurationChangedError(str(path))
    return content


def digest_of_file(path: Path) -> str:
    """The digest of the file as it stands, TOML or not. ConfigurationError: it cannot be read."""
    path = real_path(path)
    return digest_of(text_of(content_of(path), path))


def previous_of(path: Path) -> Path:
    """Where the version before the last change lies."""
    return path.with_name(path.name + ".previous")


def is_broken_since_save(path: Path) -> bool:
    """True where the file has a mistake, and is another one than was saved last."""
    path = real_path(path)
    try:
        text = content_of(path)
        if not saved_of(path).exists() or saved_of(path).read_bytes() == text:
            return False
    except ConfigurationError:
        return True
    return has_mistakes(path)


def is_as_saved(path: Path) -> bool:
    """True where the file is what the last change made of it. ConfigurationError: it cannot be read."""
    path = real_path(path)
    return saved_of(path).exists() and saved_of(path).read_bytes() == content_of(path)


def has_mistakes(path: Path) -> bool:
    """True where the file cannot be read, or has a mistake."""
    try:
        parse_config(text_of(content_of(path), path), base=path.parent, has_secrets=False, may_be_empty=True)
    except ConfigurationError:
        return True
    return False


def version_before(path: Path) -> Path:
    """Where the version lies that `restore_previous` puts back."""
    path = real_path(path)
    return saved_of(path) if is_broken_since_save(path) else previous_of(path)


def saved_text(path: Path) -> str | None:
    """What the last change made of the file; None: there was none, or it cannot be read."""
    try:
        return text_in(saved_of(real_path(path)).read_bytes())
    except (OSError, UnicodeDecodeError):
        return None


def saved_of(path: Path) -> Path:
    """Where that lies which the last change made of the file."""
    return path.with_name(path.name + ".saved")


def _put_over_broken(path: Path, *, before: bytes, after: bytes) -> None:
    contents = {path.with_name(path.name + ".broken"): before, path: after}
    write_together(contents, like=path, check=_require(before, path))


def replace_keeping(path: Path, *, before: bytes, after: bytes) -> None:
    """Replace the file, whose content is `before`, and keep both versions beside it.

    OSError: it cannot be written; ConfigurationChangedError: it was changed while it was written. Then both versions
    are as they were, too.
    """
    contents = {previous_of(path): before, saved_of(path): after, path: after}
    write_together(contents, like=path, check=_require(before, path))


def _require(before: bytes, path: Path) -> Callable[[Path], None]:
    """A check that a file still has this content, for `write_together`: `path` is the file that is meant."""

    def check(replaced: Path) -> None:
        if content_of(replaced) != before:
            raise ConfigurationChangedError(str(path))

    return check


def with_ends_of(before: bytes, text: str) -> bytes:
    """The bytes of a text, with the line ends and the mark at the start that the file `before` has."""
    has_mark, has_crlf = before.startswith(b"\xef\xbb\xbf"), b"\r\n" in before
    found = text.replace("\n", "\r\n") if has_crlf else text
    return found.encode("utf-8-sig" if has_mark else "utf-8")


def text_of(content: bytes, path: Path) -> str:
    """The text of a content. ConfigurationError: it is not UTF-8."""
    try:
        return text_in(content)
    except UnicodeDecodeError:
        raise ConfigurationError([Mistake("", "the file is not UTF-8")], str(path)) from None
