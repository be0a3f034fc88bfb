"""A replay decides as the node does, on the frames of the right pipeline, and keeps bounded results."""

from __future__ import annotations

import pytest

from securos_trigger.errors import ConfigurationError
from securos_trigger.metadata.recorded_frames import RecordedFrame
from securos_trigger.model import Reason
from securos_trigger.replay import NodeReport, Replay
from securos_trigger.replay.replay import renamed_fix
from tests.unit.replay.frames import BEGAN_AT, motion, pipeline, recorded, settings, trigger


def run(frames: list[RecordedFrame], replay: Replay) -> tuple[NodeReport, ...]:
    for frame in frames:
        replay.process(frame)
    return replay.reports()


def test_frames_are_counted_by_reason() -> None:
    [report] = run(motion("..##?#.."), Replay(settings(pipeline("yard", trigger(interval=0.1)))))
    assert report.frames == {
        Reason.CONDITION_FALSE: 4,
        Reason.FIRED: 2,
        Reason.INTERVAL: 1,
        Reason.CONDITION_UNKNOWN: 1,
    }
    assert (report.pipeline, report.node_id, report.source_name, report.events) == ("yard", "alarm", "yard", 2)
    assert [round(firing.position_s, 2) for firing in report.firings] == [0.08, 0.2]
    assert report.length_s == pytest.approx(0.28)


def test_an_event_has_its_texts_its_line_and_the_wall_clock_of_its_frame() -> None:
    name = '"{{ source_name }} at {{ frame_time.second }} s"'
    [report] = run(motion("." * 50 + "#"), Replay(settings(pipeline("yard", trigger(event_name=name)))))
    [firing] = report.firings
    assert (firing.line, firing.event.name) == (51, "yard at 2 s")
    assert firing.event.captured_at is not None
    assert (firing.event.captured_at - BEGAN_AT).total_seconds() == 2.0


def test_a_frame_goes_to_the_pipelines_that_read_its_source() -> None:
    replay = Replay(settings(pipeline("yard", trigger("a")), pipeline("gate", trigger("b"))))
    frames = recorded([{"nodes": {"zone1": {"motion": True}}}], source_name="gate")
    [report] = run(frames, replay)
    assert (report.pipeline, report.node_id, report.events) == ("gate", "b", 1)


def test_frames_that_no_pipeline_reads_are_counted_by_source() -> None:
    replay = Replay(settings(pipeline("yard", trigger()), pipeline("gate", trigger())))
    assert run(recorded([{}, {}], source_name="roof"), replay) == ()
    assert replay.unread_sources == {"roof": 2}


def _camera(name: str, *nodes: str, given: str = "") -> str:
    """The TOML of a pipeline of a camera of a recorder."""
    own = f', name = "{given}"' if given else ""
    return (
        f'[[pipelines]]\nname = "{name}"\nsource = {{ type = "rtsp", url = "rtsp://10.0.0.9/{name}"{own} }}\n'
        + "".join(nodes)
    )


def test_a_recording_of_before_a_second_camera_of_the_host_came_is_read_where_one_is_meant() -> None:
    """The name of each camera of a recorder is longer as soon as there are two."""
    moving = recorded([{"nodes": {"zone1": {"motion": True}}}], source_name="10.0.0.9")
    chosen = Replay(settings(_camera("ch1", trigger()), _camera("ch2", trigger())), node_ids=["ch2/alarm"])
    alone = Replay(settings(_camera("ch1"), _camera("ch2", trigger())))
    for replay in (chosen, alone):
        assert [(one.pipeline, one.source_name, one.events) for one in run(moving, replay)] == [("ch2", "10.0.0.9", 1)]
        assert replay.unread_sources == {}


def test_a_recording_of_before_that_several_cameras_may_mean_is_read_by_none_and_said() -> None:
    both = settings(_camera("ch1", trigger()), _camera("ch2", trigger()))
    replay = Replay(both)
    assert run(recorded([{}, {}], source_name="10.0.0.9"), replay) == ()
    assert replay.unread_sources == {"10.0.0.9": 2}
    assert 'One of "10.0.0.9/ch1", "10.0.0.9/ch2" was called "10.0.0.9"' in renamed_fix(both, "10.0.0.9")
    assert renamed_fix(both, "10.0.0.8") == ""


def test_the_name_that_the_fix_gives_is_enough() -> None:
    replay = Replay(settings(_camera("ch1", trigger(), given="10.0.0.9"), _camera("ch2", trigger())))
    [report] = run(recorded([{"nodes": {"zone1": {"motion": True}}}], source_name="10.0.0.9"), replay)
    assert (report.pipeline, report.events) == ("ch1", 1)


def test_a_single_pipeline_takes_every_source_each_with_its_own_node() -> None:
    moving = {"nodes": {"zone1": {"motion": True}}}
    frames = recorded([moving], source_name="a") + recorded([moving], source_name="b")
    reports = run(frames, Replay(settings(pipeline("yard", trigger(interval=60)))))
    assert [(report.source_name, report.events) for report in reports] == [("a", 1), ("b", 1)]


def test_only_the_chosen_nodes_are_run() -> None:
    replay = Replay(settings(pipeline("yard", trigger("a"), trigger("b"))), node_ids=["b"])
    assert [report.node_id for report in run(motion("#"), replay)] == ["b"]


def test_a_node_is_chosen_by_its_address_where_another_pipeline_has_one_of_its_name() -> None:
    both = settings(pipeline("yard", trigger("a")), pipeline("gate", trigger("a")))
    frames = motion("#") + recorded([{"nodes": {"zone1": {"motion": True}}}], source_name="gate")
    assert [one.pipeline for one in run(frames, Replay(both, node_ids=["a"]))] == ["yard", "gate"]
    assert [one.pipeline for one in run(frames, Replay(both, node_ids=["gate/a"]))] == ["gate"]
    with pytest.raises(ConfigurationError, match='Did you mean "gate/a"'):
        Replay(both, node_ids=["gat/a"])


def test_a_node_that_is_not_there_is_a_mistake() -> None:
    with pytest.raises(ConfigurationError) as found:
        Replay(settings(pipeline("yard", trigger("alarm"))), node_ids=["alrm"])
    assert str(found.value) == (
        'site.toml: 1 mistake:\n  --node: there is no trigger node "alrm"\n      Did you mean "alarm"?'
    )


def test_a_configuration_without_a_trigger_is_a_mistake() -> None:
    with pytest.raises(ConfigurationError) as found:
        Replay(settings(pipeline("yard")))
    assert str(found.value) == (
        'site.toml: 1 mistake:\n  there is no trigger node\n      Add a node of type "trigger_securos_event".'
    )


def test_a_replay_gives_the_same_again() -> None:
    frames = motion("..###???####..#" * 40)
    config = settings(pipeline("yard", trigger(interval=1.0, hold=0.05, trigger_mode='"rising_edge"')))
    first, second = (run(frames, Replay(config)) for _ in range(2))
    assert first[0].events > 1
    assert first[0].frames == second[0].frames
    assert [(f.line, f.event.name) for f in first[0].firings] == [(f.line, f.event.name) for f in second[0].firings]
