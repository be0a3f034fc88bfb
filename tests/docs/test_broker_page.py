"""The configuration of mosquitto on docs/inputs/broker.md starts a broker as Debian sets one up, and asks for the login."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.brokers import Mosquitto, Publisher, require_program

PAGE = (Path(__file__).parents[2] / "docs" / "inputs" / "broker.md").read_text(encoding="utf-8")
#: What /etc/mosquitto/mosquitto.conf of Debian and Ubuntu has, with the folder of the test.
DEBIANS = """\
user root
persistence true
persistence_location {folder}/
include_dir {folder}/conf.d
"""


def test_the_configuration_of_the_page_starts_beside_that_of_debian(tmp_path: Path) -> None:
    [lines] = re.findall(r"^```\n(# /etc/mosquitto/conf\.d/.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    passwords = tmp_path / "passwords"
    program = require_program("mosquitto_passwd", "mosquitto")
    subprocess.run([program, "-c", "-b", str(passwords), "bridge", "secret"], check=True, capture_output=True)
    broker = Mosquitto(tmp_path)
    (tmp_path / "mosquitto.conf").write_text(DEBIANS.format(folder=tmp_path))
    (tmp_path / "conf.d").mkdir()
    lines = lines.replace("/etc/mosquitto/passwords", str(passwords)).replace("1883", f"{broker.port} 127.0.0.1")
    (tmp_path / "conf.d" / "securos-trigger.conf").write_text(lines)
    with broker, Publisher(broker, username="bridge", password="secret") as publisher:
        publisher.send("cameras/gate", "{}")
        broker.wait_until_saved()
    assert "mosquitto_passwd -c /etc/mosquitto/passwords bridge" in PAGE
