"""A secret may be written, or said where it is; it shows in no error and in no copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from securos_trigger.validation import Secret, mistakes_from


class Login(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    token: Secret


def refused(raw: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Login.model_validate({"token": raw})
    [mistake] = mistakes_from(caught.value, Login)
    return str(mistake)


def test_a_secret_is_read_from_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "token"
    file.write_text("  from a file \nnot this\n")
    monkeypatch.setenv("TOKEN", "from the environment")
    for raw, secret in (
        ("in the text", "in the text"),
        ({"env": "TOKEN"}, "from the environment"),
        ({"file": str(file)}, "from a file"),
    ):
        login = Login.model_validate({"token": raw})
        assert login.token.get_secret_value() == secret
        assert secret not in repr(login)
        assert secret not in login.model_dump_json()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_of_any_editor_gives_the_secret(tmp_path: Path, encoding: str) -> None:
    text = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""  # with the mark that says which it is
    file = tmp_path / "token"
    file.write_bytes((text + "s3cret-token  \r\nsecond\r\n").encode(encoding))
    assert Login.model_validate({"token": {"file": str(file)}}).token.get_secret_value() == "s3cret-token"


def test_a_secret_that_is_not_there_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKEN", raising=False)
    empty, binary, gone = tmp_path / "empty", tmp_path / "binary", tmp_path / "gone"
    empty.write_text("\nsecond line")
    binary.write_bytes(b"\xff\xfe\x00")
    assert refused({"env": "TOKEN"}) == (
        "token: the environment variable that `env` names is not set\n"
        '    Set it before the start. If this is the secret itself, write "…" instead of { env = "…" }.'
    )
    first = "token: the first line of the file that `file` names is empty"
    assert refused({"file": str(empty)}) == first
    begins = "    A relative path begins at the folder of the configuration file."
    itself = 'If this is the secret itself, write "…" instead of { file = "…" }.'
    folder = f'The folder "{tmp_path}" exists; the rest of the path does not.'
    unreadable = "token: the file that `file` names cannot be read:"
    assert refused({"file": str(binary)}) == f"{unreadable} it is not text\n{begins} {itself}"
    missing = f"{unreadable} No such file or directory\n{begins} {folder} {itself}"
    assert refused({"file": str(gone)}) == missing
    assert refused({"file": str(tmp_path / "no" / "such")}) == missing
    (tmp_path / "site.toml").touch()
    assert refused({"file": str(tmp_path / "site.tml")}) == missing  # no secret stands in there
    (tmp_path / "site.token").write_text("t0ken")
    meant = f'    Did you mean "{tmp_path}/site.token"?'
    assert refused({"file": str(tmp_path / "site.tokn")}) == f"{unreadable} No such file or directory\n{meant} {itself}"


@pytest.mark.parametrize("secret", ["S3CR3T_TOKEN", "correct horse", "a/b+c=", "~k3y", "nul\0", "x" * 5000, "tokén"])
@pytest.mark.parametrize("key", ["env", "file"])
def test_a_secret_that_was_written_in_the_place_of_its_name_is_not_repeated(key: str, secret: str) -> None:
    said = refused({key: secret})
    assert said.startswith("token: the ")
    assert secret not in said
    assert secret[:12] not in said


@pytest.mark.parametrize("raw", [{"env": 5}, {"env": "A", "file": "b"}, {}, {"path": "x"}])
def test_a_table_of_another_form_is_explained(raw: Any) -> None:
    assert refused(raw) == (
        'token: a secret is text, or a table with one key\n    Write { env = "NAME" } or { file = "PATH" }.'
    )


def test_a_number_is_explained_and_not_repeated() -> None:
    assert refused(12345) == 'token: text in quotes is expected\n    Or { env = "NAME" }, or { file = "PATH" }.'


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("env:VMS_PASSWORD", 'Write { env = "NAME" }, without quotes around the braces.'),
        ("${VMS_PASSWORD}", 'Write { env = "NAME" }, without quotes around the braces.'),
        ("%VMS_PASSWORD%", 'Write { env = "NAME" }, without quotes around the braces.'),
        ("file:/etc/vms-password", 'Write { file = "PATH" }, without quotes around the braces.'),
    ],
)
def test_the_form_of_another_program_is_not_taken_for_the_secret_itself(text: str, fix: str) -> None:
    said = refused(text)
    assert said.endswith(f'{fix} Is it the secret itself? Then put it into a file: {{ file = "PATH" }}.')
    assert text not in said


@pytest.mark.parametrize("secret", ["env:", "env: x", "environment:1", "$ecret", "100%", "file:", "a:b", "${", "%a%"])
def test_a_secret_that_looks_a_little_like_one_is_taken(secret: str) -> None:
    assert Login.model_validate({"token": secret}).token.get_secret_value() == secret
