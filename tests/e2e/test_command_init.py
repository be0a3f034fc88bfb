"""`securos-trigger init`, as it is typed, with a simulated SecurOS and a small Frigate."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from securos_trigger.vms.simulator import Simulator
from tests import commands
from tests.e2e.devices import Recorder
from tests.unit.inputs.clients.devices import PASSWORD, USER

LOOK_AGAIN = "Next: fix what failed above (1), and look again:\n    securos-trigger doctor site.toml"
DETECT = {"detect": {"width": 1280, "height": 720}}
FRIGATE = {"cameras": {"gate": DETECT, "back_yard": DETECT, "attic": DETECT}, "mqtt": {"host": "127.0.0.1", "port": 9}}


@pytest.fixture
def frigate() -> Iterator[str]:
    """The address of a server that answers as Frigate does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_right = self.path == "/api/config"
            self.send_response(200 if is_right else 404)
            self.end_headers()
            self.wfile.write(json.dumps(FRIGATE).encode() if is_right else b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name in the base class
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def securos() -> Iterator[Simulator]:
    with Simulator(("1", "2"), names=("Gate", "Back yard")) as running:
        yield running


@pytest.fixture
def camera() -> Iterator[str]:
    """The address of a stream at a port that answers as a camera does, once."""

    def answer() -> None:
        asked, _ = listening.accept()
        with asked:
            asked.recv(1000)
            asked.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        thread = threading.Thread(target=answer)
        thread.start()
        yield f"rtsp://127.0.0.1:{listening.getsockname()[1]}/path"
        thread.join()


def run(*words: str, folder: Path, answers: str = "") -> tuple[int, str]:
    done = commands.run(*words, cwd=folder, input=answers)
    return done.returncode, done.stdout + done.stderr


def test_with_options_the_map_is_proposed_and_the_file_is_checked(
    tmp_path: Path, frigate: str, securos: Simulator
) -> None:
    (tmp_path / "token").write_text(securos.token)
    settings = securos.settings()
    receiver = f"https://127.0.0.1:{settings['iss_port']}"
    options = ("--source", "frigate", "--address", frigate, "--receiver", receiver, "--token-file", "token")
    pin = ("--fingerprint", settings["iss_certificate_sha256"])
    code, said = run("init", "site.toml", *options, "--yes", folder=tmp_path)
    assert (code, "Give it as --fingerprint." in said, (tmp_path / "site.toml").exists()) == (2, True, False), said
    code, said = run("init", "site.toml", *options, *pin, "--yes", folder=tmp_path)
    assert code == 1  # the broker is not there, and the doctor says so
    refused = "frigate cannot be connected: the broker 127.0.0.1:9 cannot be reached: Connection refused"
    assert refused in " ".join(said.split()), said
    written = (tmp_path / "site.toml").read_text(encoding="utf-8")
    assert 'cameras = { gate = "1", back_yard = "2" }' in written, said
    assert "# Without a row, so that they raise no event: attic." in written
    assert 'broker = "mqtt://127.0.0.1:9"' in written
    assert "  gate -> 1 Gate\n  back_yard -> 2 Back yard\n" in said
    assert "  ok       password     accepted\n" in said
    assert said.endswith(f"\n{LOOK_AGAIN}\nThen: securos-trigger run site.toml\n")
    before = written
    code, said = run("init", "site.toml", *options, *pin, "--yes", folder=tmp_path)
    assert (code, "There is a file site.toml already" in said) == (2, True)
    assert (tmp_path / "site.toml").read_text(encoding="utf-8") == before


def test_an_address_of_frigate_without_http_and_a_camera_that_frigate_has_not_are_named(
    tmp_path: Path, frigate: str, securos: Simulator
) -> None:
    (tmp_path / "token").write_text(securos.token)
    settings = securos.settings()
    options = ("init", "site.toml", "--yes", "--source", "frigate", "--token-file", "token")
    to = ("--receiver", f"https://127.0.0.1:{settings['iss_port']}", "--camera", "gaet=1")
    pin = ("--fingerprint", settings["iss_certificate_sha256"])
    code, said = run(*options, *to, *pin, "--address", frigate.removeprefix("http://"), folder=tmp_path)
    assert (code, "It looks like http://frigate:5000." in said) == (2, True), said
    _, said = run(*options, *to, *pin, "--address", frigate, folder=tmp_path)
    assert "  gaet -> 1 Gate  (the source has no camera of this name)\n" in said
    assert "  back_yard -> 2 Back yard\n" in said


def test_when_source_and_securos_answer_the_verdict_is_good(tmp_path: Path, securos: Simulator) -> None:
    (tmp_path / "token").write_text(securos.token)
    (tmp_path / "password").write_text(PASSWORD)
    settings = securos.settings()
    recorder = Recorder()
    try:
        code, said = run(
            *("init", "site.toml", "--yes", "--source", "hikvision", "--address", recorder.url, "--user", USER),
            *("--password-file", "password", "--receiver", f"https://127.0.0.1:{settings['iss_port']}"),
            *("--token-file", "token", "--fingerprint", settings["iss_certificate_sha256"]),
            *("--camera", "127.0.0.1=1"),
            folder=tmp_path,
        )
    finally:
        recorder.close()
    assert code == 0, said
    assert "  ok       source       127.0.0.1: hikvision can be connected\n" in said
    assert said.endswith("\nNext: securos-trigger run site.toml\n")
    assert PASSWORD not in said
    assert sorted(one.name for one in tmp_path.iterdir()) == ["password", "site.toml", "token"]


def test_a_stream_gives_the_pipeline_the_name_in_its_path_and_what_failed_comes_first(
    tmp_path: Path, securos: Simulator
) -> None:
    (tmp_path / "token").write_text(securos.token)
    settings = securos.settings()
    code, said = run(
        *("init", "site.toml", "--yes", "--source", "rtsp", "--address", "rtsp://127.0.0.1:9/live/yard"),
        *("--receiver", f"https://127.0.0.1:{settings['iss_port']}", "--token-file", "token"),
        *("--fingerprint", settings["iss_certificate_sha256"], "--camera", "yard=1"),
        folder=tmp_path,
    )
    assert code == 1, said
    assert 'name = "yard"' in (tmp_path / "site.toml").read_text()
    assert "  yard -> 1 Gate\n" in said
    assert said.endswith(f"\n{LOOK_AGAIN}\nThen: securos-trigger run site.toml\n"), said


def test_answers_of_a_person_make_the_same_file_and_a_wrong_certificate_gets_nothing(
    tmp_path: Path, frigate: str, securos: Simulator
) -> None:
    settings = securos.settings()
    receiver = f"https://127.0.0.1:{settings['iss_port']}"
    answers = ["frigate", frigate, "", "", receiver, "y", securos.token, "", "2", ""]
    code, said = run("init", "site.toml", folder=tmp_path, answers="\n".join(answers) + "\n")
    written = (tmp_path / "site.toml").read_text(encoding="utf-8")
    assert 'cameras = { gate = "1", back_yard = "2" }' in written, said
    assert 'iss_password = { file = "site.token" }' in written
    assert (tmp_path / "site.token").read_text(encoding="utf-8") == f"{securos.token}\n"
    assert securos.token not in said
    assert "Cameras in SecurOS: 1 (Gate), 2 (Back yard)" in said
    options = ("--source", "file", "--address", "a.mp4", "--receiver", receiver, "--fingerprint", "ab" * 32, "--yes")
    code, said = run("init", "other.toml", *options, folder=tmp_path)
    assert (code, "possible man in the middle" in said, (tmp_path / "other.toml").exists()) == (2, True, False)


def test_a_wrong_token_and_a_frigate_that_is_away_are_named(tmp_path: Path, frigate: str, securos: Simulator) -> None:
    (tmp_path / "token").write_text("wrong")
    settings = securos.settings()
    receiver = ("--receiver", f"https://127.0.0.1:{settings['iss_port']}", "--token-file", "token")
    pin = ("--fingerprint", settings["iss_certificate_sha256"], "--yes")
    code, said = run("init", "s.toml", "--source", "frigate", "--address", frigate, *receiver, *pin, folder=tmp_path)
    assert code == 2
    assert "--token-file: the receiver does not accept the token (TOKEN of its script)" in said, said
    away = ("--source", "frigate", "--address", "http://127.0.0.1:9")
    code, said = run("init", "s.toml", *away, *receiver, *pin, folder=tmp_path)
    assert (code, "Frigate cannot be reached at http://127.0.0.1:9: Connection refused" in said) == (2, True), said
    assert [one.name for one in tmp_path.iterdir()] == ["token"]


def test_a_person_is_asked_before_images_are_kept(tmp_path: Path, securos: Simulator) -> None:
    receiver = f"https://127.0.0.1:{securos.settings()['iss_port']}"
    (tmp_path / "yard.mp4").touch()
    answers = ["file", "yard.mp4", receiver, "y", securos.token, "1", "y"]
    _, said = run("init", "site.toml", folder=tmp_path, answers="\n".join(answers) + "\n")
    assert "Keep an image of each event for 7 days, for the console? It may show people [y/N]: " in " ".join(
        said.split()
    )
    assert "\n[images]\nmax_size_mb = 500\n" in (tmp_path / "site.toml").read_text(encoding="utf-8"), said


def test_video_without_a_camera_is_not_called_unsent(tmp_path: Path, securos: Simulator, clip: Path) -> None:
    """A source of video has no camera map: its events go out, tied to no camera."""
    (tmp_path / "token").write_text(securos.token)
    settings = securos.settings()
    _, said = run(
        *("init", "site.toml", "--yes", "--source", "file", "--address", str(clip), "--token-file", "token"),
        *("--receiver", f"https://127.0.0.1:{settings['iss_port']}"),
        *("--fingerprint", settings["iss_certificate_sha256"]),
        folder=tmp_path,
    )
    words = " ".join(said.split())
    lines = (tmp_path / "site.toml").read_text(encoding="utf-8").splitlines()
    number = lines.index('iss_camera_ids = ""') + 1
    assert "No camera in SecurOS is named yet." in words
    last = f"Next: set iss_camera_ids in site.toml, line {number}.\nThen: securos-trigger run site.toml\n"
    assert said.endswith(last), said
    assert words.count("names no camera, so SecurOS's Event Viewer") == 1, "the doctor says it, and nobody else"


def test_without_a_terminal_and_with_half_an_address_it_says_what_is_missing(tmp_path: Path) -> None:
    code, said = run("init", "site.toml", folder=tmp_path)
    assert code == 2, said
    assert "There is no terminal, and no answer has come. Give --source, or --yes to use what is proposed." in said
    code, said = run("init", "site.toml", "--source", "frigate", folder=tmp_path, answers="http://[::1\n")
    assert (code, '"http://[::1" is no address: invalid ipv6 url' in said) == (2, True), said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["--fingerprint", "--token-file", "--camera", "--images"])
def test_without_a_terminal_each_missing_option_is_named(missing: str, tmp_path: Path, securos: Simulator) -> None:
    (tmp_path / "token").write_text(securos.token)
    settings = securos.settings()
    options = {
        "--fingerprint": settings["iss_certificate_sha256"],
        "--token-file": "token",
        "--camera": "yard=1",
        "--images": "",
    }
    given = [word for option, value in options.items() if option != missing for word in (option, value) if word]
    source = ("--source", "file", "--address", "yard.mp4")
    receiver = ("--receiver", f"https://127.0.0.1:{settings['iss_port']}")
    code, said = run("init", "site.toml", *source, *receiver, *given, folder=tmp_path)
    assert code == 2, said
    assert f"There is no terminal, and no answer has come. Give {missing}, or --yes" in said
    assert not (tmp_path / "site.toml").exists()


def test_each_answer_has_space_in_80_columns(tmp_path: Path, camera: str) -> None:
    """Behind a long question it stands on a line of its own."""
    _, said = run("init", "site.toml", folder=tmp_path, answers=f"rtsp\n{camera}\n")
    assert said.startswith("Where do the events come from? (frigate, onvif, hikvision, dahua, rtsp, file):\n  > ")
    questions = [line.removeprefix("  > ") for line in said.splitlines() if line.endswith(":")]
    assert len(questions) == 3
    assert max(map(len, questions)) < 80
    assert "camera/path:\n  > Address of the receiver" in said, "a camera that answers is not asked about again"


def test_each_question_is_asked_again_after_a_slip_and_the_other_answers_stay(
    tmp_path: Path, securos: Simulator
) -> None:
    settings = securos.settings()
    receiver, pin = f"https://127.0.0.1:{settings['iss_port']}", settings["iss_certificate_sha256"]
    answers = [
        *("camera", "rtsp"),
        *("127.0.0.1:9/live/yard", "rtsp://127.0.0.1:9/live/yard", ""),
        *(receiver.removeprefix("https://"), receiver),
        *("", "ab" * 32, pin),
        *("wrong", securos.token),
        *("yard", "7", "", "1"),
        *("perhaps", "n"),
    ]
    done = commands.run("init", "site.toml", cwd=tmp_path, input="\n".join(answers) + "\n")
    code, said = done.returncode, done.stdout
    words = " ".join(said.split())
    for reason in (
        '"camera" is none of them.',
        "This is not an RTSP address.",
        "No stream can be had there: Connection refused. Enter keeps this address, if the camera comes later.",
        "This is not the address of a receiver. It looks like https://securos-server:3443.",
        "The token is sent only to a receiver whose certificate you have compared. Type y if both fingerprints are",
        "This is another fingerprint than the receiver shows: possible man in the middle. Nothing was sent.",
        "The receiver does not accept the token (TOKEN of its script).",
        '"yard" is not the id of a camera in SecurOS.',
        "7 is not a camera of this SecurOS. It has 1 (Gate), 2 (Back yard). Keep 7 all the same? [y/N]:",
        '"perhaps" is no answer here. Type y for yes or n for no.',
    ):
        assert reason in words, said
    assert (code, f"\n{LOOK_AGAIN}\nThen: securos-trigger run site.toml\n" in said) == (1, True), said
    written = (tmp_path / "site.toml").read_text(encoding="utf-8")
    assert all(one in written for one in ('iss_camera_ids = "1"', f'iss_certificate_sha256 = "{pin}"')), written
    assert (tmp_path / "site.token").read_text(encoding="utf-8") == f"{securos.token}\n"
    lines = said.replace(" again: ", " again:\n").splitlines()  # no terminal ends the line of an answer
    assert [line for line in lines if len(line.removeprefix("  > ")) >= 80] == [], said
    assert "--" not in said.replace(str(tmp_path), "")


def test_a_camera_that_securos_does_not_have_can_be_kept(tmp_path: Path, securos: Simulator) -> None:
    receiver = f"https://127.0.0.1:{securos.settings()['iss_port']}"
    answers = ["rtsp", "rtsp://127.0.0.1:9/yard", "", receiver, "y", securos.token, "7", "y", ""]
    _, said = run("init", "site.toml", folder=tmp_path, answers="\n".join(answers) + "\n")
    assert "  yard -> 7  (SecurOS has no camera 7)\n" in said
    assert 'iss_camera_ids = "7"' in (tmp_path / "site.toml").read_text(encoding="utf-8")


def test_a_certificate_that_is_not_accepted_leads_back_to_the_address_of_the_receiver(
    tmp_path: Path, securos: Simulator
) -> None:
    receiver = f"https://127.0.0.1:{securos.settings()['iss_port']}"
    answers = ["rtsp", "rtsp://127.0.0.1:9/yard", "", receiver, "n", "", "y", securos.token, "1", ""]
    _, said = run("init", "site.toml", folder=tmp_path, answers="\n".join(answers) + "\n")
    words = " ".join(said.split())
    assert "The certificate was not accepted, and nothing was sent to the receiver. Give its right address" in words
    assert "such as https://10.0.0.9:3443, or Enter for the same again" in words
    assert 'iss_camera_ids = "1"' in (tmp_path / "site.toml").read_text(encoding="utf-8"), said


def test_plain_http_to_a_port_with_https_is_said_before_the_token_is_asked_for(
    tmp_path: Path, securos: Simulator
) -> None:
    receiver = f"127.0.0.1:{securos.settings()['iss_port']}"
    answers = ["rtsp", "rtsp://127.0.0.1:9/yard", "", f"http://{receiver}", f"https://{receiver}", "y", securos.token]
    _, said = run("init", "site.toml", folder=tmp_path, answers="\n".join([*answers, "1", ""]) + "\n")
    before, _, after = said.partition(f"{receiver} speaks HTTPS: write https://{receiver}.")
    assert ("token" in before, after.count("The receiver's token"), "iss_scheme" in said) == (False, 1, False), said
    assert 'iss_camera_ids = "1"' in (tmp_path / "site.toml").read_text(encoding="utf-8"), said


def test_another_address_of_the_receiver_gets_another_token(tmp_path: Path, securos: Simulator) -> None:
    """What was typed for the first address is not sent to the second."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        gone = f"http://127.0.0.1:{free.getsockname()[1]}"
    receiver = f"https://127.0.0.1:{securos.settings()['iss_port']}"
    answers = ["rtsp", "rtsp://127.0.0.1:9/yard", "", gone, "of another", receiver, "y", securos.token, "1", ""]
    _, said = run("init", "site.toml", folder=tmp_path, answers="\n".join(answers) + "\n")
    assert f"{gone} cannot be reached: " in said
    assert f"Http{gone.removeprefix('http')}" not in said
    assert "does not accept the token" not in said
    assert (tmp_path / "site.token").read_text(encoding="utf-8") == f"{securos.token}\n"


def test_without_a_terminal_a_question_is_asked_three_times(tmp_path: Path) -> None:
    answers = ["rtsp", "http://camera/1", "http://camera/2", "http://camera/3", "rtsp://camera/4", ""]
    code, said = run("init", "site.toml", folder=tmp_path, answers="\n".join(answers) + "\n")
    assert (code, said.count("his is not an RTSP address."), "--address" in said) == (2, 3, False), said
    assert list(tmp_path.iterdir()) == []


def test_a_video_that_is_not_there_is_asked_about(tmp_path: Path, clip: Path) -> None:
    answers = ["file", "no.mp4", "n", str(clip)]
    _, said = run("init", "site.toml", folder=tmp_path, answers="\n".join(answers) + "\n")
    assert "There is no file no.mp4. Keep it all the same? [y/N]:" in " ".join(said.split()).replace(f"{tmp_path}/", "")
    assert said.count("Video file") == 2
    assert "Address of the receiver" in said
