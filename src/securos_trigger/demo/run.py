"""The demo: real video, a real detector, real TLS, the real receiver, and a SecurOS that is simulated.

Nothing in it is scripted: the events come from what the detector sees. Its folder then has the pipeline's
configuration, the annotated video, the log of SecurOS calls and the figures of the table.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import threading
import time
from functools import partial
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from securos_trigger.demo.console_beside import ConsoleBeside
from securos_trigger.demo.figures import DemoFigures, collect_figures
from securos_trigger.demo.sample_video import SAMPLE_FRAMES, sample_video
from securos_trigger.demo.service import DemoService, demo_service
from securos_trigger.errors import EXTRAS, ArgumentError, MissingPartError, SimulatorError, missing_part
from securos_trigger.errors.program import program
from securos_trigger.errors.wording import counted
from securos_trigger.runtime.dispatch import Dispatch
from securos_trigger.runtime.node_status import words_of
from securos_trigger.runtime.own_file import write_as_program
from securos_trigger.runtime.pipeline_thread import PipelineThread
from securos_trigger.runtime.stop_signals import stopped_by_signals
from securos_trigger.system.files import write_whole
from securos_trigger.system.reasons import reason_of
from securos_trigger.vms.simulator import Simulator

DRAIN_S = 20.0
CAMERAS = {"1": "Road", "2": "Junction"}
_REDRAW_S = 0.25
# Without a terminal, such as in a log of CI, a line is printed this often.
_LINE_EVERY_S = 5.0
# After this many frames the time that is left is shown.
_FRAMES_TO_JUDGE = 30
# What makes a file of the demo's configuration play for ever, and what writes its video.
_FILE_ONCE = 'source = { type = "file", '
_FILE_FOR_EVER = f"{_FILE_ONCE}realtime = true, loop = true, "
_SINK = '\n[pipelines.sink]\ntype = "annotated"\npath = "annotated.mp4"\nexisting = "replace"\n'
# The node that records: for ever it would fill the disk.
_RECORDER = re.compile(
    r'\[\[pipelines\.nodes\]\]\ntype = "metadata_recorder".*\nid = "recorder1"\npath = "recordings/square\.jsonl"\n\n'
)
# Who the console says that has changed the file, and why.
_WRITER = "the demo, so that its video plays on again and again"
_ANY_PORT = "\nport = 0 "
# What a demo leaves in its folder.
_RESULTS = (
    "demo.toml",
    "demo.toml.*",  # its versions: an undo must not bring back the file of another demo
    "annotated.mp4",
    "figures.json",
    "securos-events.jsonl",
    "outbox.*",
    "recordings/square*.jsonl*",
)


def run_demo(*, video: str | None, out: Path, is_kept: bool, is_forced: bool = False) -> int:
    """Run the demo into the folder `out`. The exit code: 0 when every kept event has reached the simulated SecurOS
    and no node or output has failed.

    The results of an earlier demo are replaced only if `is_forced`, else they are an ArgumentError.
    """
    console = Console(highlight=False)  # it would colour numbers, also where they are not the point
    _refuse_old(out, is_forced=is_forced)
    if (missing := next((one for one in sorted(EXTRAS["video"]) if find_spec(one) is None), None)) is not None:
        raise missing_part("video", missing)
    source = _source(video, console)
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "recordings").mkdir(mode=0o700, exist_ok=True)  # they say who was where
    except OSError as error:
        raise ArgumentError("out", f"the folder {out} cannot be made: {reason_of(error)}") from error
    log = out / "securos-events.jsonl"
    _make_way(out)
    with stopped_by_signals() as stop, Simulator(tuple(CAMERAS), names=tuple(CAMERAS.values()), log=log) as simulator:
        console.print(f"SecurOS is simulated; the operator's page is [bold]{simulator.page_url}[/]")
        config = out / "demo.toml"
        text = _configuration(source, simulator.settings_toml()).replace(_ANY_PORT, f"\nport = {_console_port()} ", 1)
        write_whole(config, text)
        say = partial(console.print, markup=False, soft_wrap=True)
        with ConsoleBeside(config, say) as beside:
            frames = SAMPLE_FRAMES if video is None else None
            figures = _run_and_show(config, out, simulator, stop, console, frames, is_kept=is_kept)
            if is_kept and not stop.is_set():
                say(f"The video plays on. The operator's page: {simulator.page_url}   Ctrl-C ends it.")
                if beside.link:
                    say(f"The console, where what you save is in force at once: {beside.link}")
                _play_on(config, simulator, stop)
    return 0 if figures.is_complete else 1


def _run_and_show(
    config: Path,
    out: Path,
    simulator: Simulator,
    stop: threading.Event,
    console: Console,
    frames: int | None,
    *,
    is_kept: bool,
) -> DemoFigures:
    """Run the pipeline, and show its figures and where to look further. `frames` of the video; None: not known."""
    figures = _run(config, simulator, stop, console, frames, is_kept=is_kept)
    write_whole(out / "figures.json", json.dumps(figures.to_json(), indent=2) + "\n")
    console.print(figures.table())
    console.print(f"\nIn {out}/: annotated.mp4, securos-events.jsonl, recordings/square.jsonl, figures.json, demo.toml")
    # A command is one line, however narrow the terminal is: it can be copied.
    for what, command in (("Why did it fire, and why not?", "explain"), ("The same in a browser:", "console")):
        console.print(f"{what}\n  {program()} {command} {config}", markup=False, soft_wrap=True)
    return figures


def _old_in(out: Path) -> list[Path]:
    """What an earlier demo has left in the folder."""
    return [file for name in _RESULTS for file in sorted(out.glob(name))]


def _refuse_old(out: Path, *, is_forced: bool) -> None:
    """Raise an ArgumentError where an earlier demo has left something that may not be replaced."""
    if not is_forced and (old := _old_in(out)):
        replacing = "`make demo ARGS=--force`" if "MAKELEVEL" in os.environ else "--force"
        fix = f"Choose another folder, or replace it: {replacing}."
        raise ArgumentError("out", f"there is a file {old[0]} already. {fix}")


def _make_way(out: Path) -> None:
    """Remove what an earlier demo has left in the folder; the annotated video is replaced when the new one is whole."""
    for file in _old_in(out):
        if file.is_dir():
            shutil.rmtree(file)
        elif file.name != "annotated.mp4":
            file.unlink()


def _run(
    config: Path, simulator: Simulator, stop: threading.Event, console: Console, frames: int | None, *, is_kept: bool
) -> DemoFigures:
    """Run the pipeline to its end, drain, and count."""
    with demo_service(config, simulator) as service:
        dispatch = service.dispatch
        began_at_ticks = time.monotonic()
        if console.is_terminal:
            with Live(console=console, refresh_per_second=4, transient=True) as live:
                while _goes_on(service, stop, _REDRAW_S):
                    elapsed_s = time.monotonic() - began_at_ticks
                    live.update(_progress(service.thread, dispatch, simulator, elapsed_s, frames, is_kept=is_kept))
        while _goes_on(service, stop, _LINE_EVERY_S):
            elapsed_s = time.monotonic() - began_at_ticks
            console.print(_progress_line(service.thread, dispatch, elapsed_s, frames))
        service.pipelines.end()
        dispatch.ledger.is_finished = not stop.is_set()
        if service.thread.error is not None:
            raise service.thread.error
        dispatch.drain(DRAIN_S)
        return collect_figures(service.thread, dispatch, simulator.calls())


def _play_on(config: Path, simulator: Simulator, stop: threading.Event) -> None:
    """Run the pipeline on until `stop`: a video file again and again, at its own speed, writing no video or recording.

    A source, a sink or a recorder that was changed in the console meanwhile stays as it is.
    """
    text = config.read_text(encoding="utf-8")
    source = text.partition(_FILE_ONCE)[2].partition("\n")[0]  # of another pipeline they are no matter
    if source and _SINK in text and "realtime =" not in source and "loop =" not in source:
        text = text.replace(_FILE_ONCE, _FILE_FOR_EVER, 1).replace(_SINK, "", 1)
        write_as_program(config, _RECORDER.sub("", text, count=1), _WRITER)
    with demo_service(config, simulator) as service:
        while not service.pipelines.wait(stop):
            pass
        if service.thread.error is not None:
            raise service.thread.error
        stop.wait()
        service.dispatch.drain(DRAIN_S)


def _goes_on(service: DemoService, stop: threading.Event, wait_s: float) -> bool:
    """Wait a while for the end of the demo's own pipeline, or for `stop`. True: it goes on."""
    ends_at_ticks = time.monotonic() + wait_s
    while time.monotonic() < ends_at_ticks:
        if service.pipelines.wait(stop) or service.is_over:
            return False
    return True


def _progress(
    thread: PipelineThread,
    dispatch: Dispatch,
    simulator: Simulator,
    elapsed_s: float,
    frames: int | None,
    *,
    is_kept: bool,
) -> Table:
    """Make the table that the terminal shows while the demo runs."""
    figures = thread.pipeline.figures()
    after = "with the video" if frames is None else f"after {frames} frames"
    ends = f"shows its figures {after}, and plays on until" if is_kept else f"ends {after}, or with"
    title = f"The demo {ends} Ctrl-C"
    table = Table(title=title, title_justify="left", show_header=False, min_width=60)
    table.add_row("elapsed", f"{elapsed_s:.0f} s")
    of = "" if frames is None else f" of {frames}"
    left = time_left(figures.frames_read, frames, figures.frames_per_s)
    table.add_row("frames", f"{figures.frames_read}{of}   ({figures.frames_per_s:.1f} a second{left})")
    for live in dispatch.nodes:
        most = live.node.decisions.most_common(3)
        table.add_row(live.address.node, "\n".join(f"{words_of(reason)}: {count:,}" for reason, count in most))
    table.add_row("events kept", str(dispatch.kept))
    for camera in _cameras(simulator):
        light = "[bold red]● REC[/]" if camera["recording"] else "[dim]○[/]"
        subtitle = "subtitle" if camera["subtitle"] else ""
        table.add_row(
            f"camera {camera['id']} {camera['name']}", f"{light}  {counted(camera['events'], 'event')}  {subtitle}"
        )
    return table


def _progress_line(thread: PipelineThread, dispatch: Dispatch, elapsed_s: float, of_frames: int | None) -> str:
    """Make the line that shows every few seconds, where there is no terminal, that the demo goes on."""
    figures = thread.pipeline.figures()
    frames, events = counted(figures.frames_read, "frame"), counted(dispatch.kept, "event")
    of = "" if of_frames is None else f" of {of_frames}"
    left = time_left(figures.frames_read, of_frames, figures.frames_per_s)
    return f"{elapsed_s:.0f} s: {frames}{of} read, {events} kept{left}"


def time_left(frames_read: int, of_frames: int | None, frames_per_s: float) -> str:
    """`, about 40 s left`, in steps of 5 seconds; empty where it is not known, and at the end."""
    left = (of_frames or 0) - frames_read
    if left <= 0 or frames_read < _FRAMES_TO_JUDGE:
        return ""
    return f", about {max(1, round(left / frames_per_s / 5)) * 5} s left"


def _cameras(simulator: Simulator) -> list[dict[str, Any]]:
    """The cameras' state; none while the simulator does not answer, which must not end the demo."""
    try:
        cameras: list[dict[str, Any]] = simulator.state()["cameras"]
    except SimulatorError:
        return []
    return cameras


def _source(video: str | None, console: Console) -> dict[str, Any]:
    """The pipeline's source table: the sample video unless another is given."""
    if video is None:
        getting = "Getting the sample video (once; 96 MB from Debian's package opencv-doc)"
        if not console.is_terminal:  # a status shows on terminals only
            console.print(getting)
        with console.status(getting):
            return {"type": "file", "path": str(sample_video().resolve())}
    if "://" in video:
        return {"type": "rtsp" if video.startswith(("rtsp://", "rtsps://")) else "stream", "url": video}
    if not Path(video).is_file():
        fix = "A relative path begins at the present folder. Without --video the demo takes a sample video."
        raise MissingPartError(f"There is no video file {video}.\n    {fix}")
    return {"type": "file", "path": str(Path(video).resolve())}


def _console_port() -> int:
    """A port that is free now: a console that is started again has the same."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _configuration(source: dict[str, Any], receiver: str) -> str:
    """The demo's TOML with source and receiver filled in. JSON texts are valid TOML texts."""
    template = files("securos_trigger.demo").joinpath("demo.toml").read_text(encoding="utf-8")
    inline = ", ".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in source.items())
    return template.replace("{source}", f"{{ {inline} }}").replace("{receiver}\n", receiver)
