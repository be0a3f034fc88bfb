"""The benchmark of cameras over MQTT, in its short form: every message is taken, and the figures are there."""

from __future__ import annotations

from benchmarks.bench_mqtt_cameras import measured


def test_every_message_of_many_cameras_is_taken() -> None:
    cpu, behind, memory = measured(cameras=20, rate=100, seconds=2)
    assert cpu.measure.startswith("20 cameras, 100 messages a second over MQTT, 2 s")
    assert behind.bar == "p99 < 1 s"
    assert memory.ours.endswith(" MB")
