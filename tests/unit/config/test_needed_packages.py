"""What needs an extra that is not installed is a mistake of the file, as it is for `run`."""

from __future__ import annotations

from pathlib import Path

import pytest

from securos_trigger.config.reader import read_config
from securos_trigger.errors import EXTRAS, ConfigurationError

HEAD = '[identity]\ndeployment_id = "d1"\ndeployment_name = "Square"\n'
RTSP = '\n[[pipelines]]\nname = "yard"\nsource = { type = "rtsp", url = "rtsp://127.0.0.1/yard" }\n'
POSTED = (
    '\n[[pipelines]]\nname = "yard"\nsource = { type = "frigate", listen = "127.0.0.1:0", token = "0123456789abcdef" }\n'
    'cameras = { "*" = "1" }\n'
)
MQTT = POSTED.replace('listen = "127.0.0.1:0", token = "0123456789abcdef"', 'broker = "mqtt://127.0.0.1"')
NODE = '\n[[pipelines.nodes]]\ntype = "{}"\n'


@pytest.mark.parametrize(
    ("text", "extra", "needs"),
    [
        (RTSP, "video", "line 7: pipeline yard, source, type: this needs av"),
        (POSTED + '\n[pipelines.sink]\ntype = "annotated"\npath = "a.mp4"\n', "video", "sink, type: this needs av"),
        (MQTT, "inputs", "source, type: this needs paho"),
        (f"\n[metrics]\nport = 9100\n{POSTED}", "metrics", "metrics.port: this needs prometheus_client"),
        (
            f'\n[relay]\nservers = ["nats://127.0.0.1"]\ngateway = "g"\n{POSTED}',
            "cluster",
            "relay.servers: this needs nats",
        ),
    ],
)
def test_a_part_whose_extra_is_not_installed_is_a_mistake_once(
    text: str, extra: str, needs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site.toml").write_text(HEAD + text)
    monkeypatch.setattr(
        "securos_trigger.config.needed_packages.find_spec", lambda name: None if name in EXTRAS[extra] else name
    )
    with pytest.raises(ConfigurationError) as caught:
        read_config(tmp_path / "site.toml", has_files=True)
    said = str(caught.value)
    assert f"{needs}, which the extra {extra} brings\n" in said, said
    assert said.count(f"pip install 'securos-trigger[{extra}]'") == 1, said
    read_config(tmp_path / "site.toml")  # for work that runs nothing
