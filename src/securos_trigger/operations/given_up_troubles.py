"""The troubles of cameras whose latest event was given up: one sentence for each receiver. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from securos_trigger.errors.wording import counted, some_of
from securos_trigger.operations.trouble import Headline, Rank, Trouble, since

#: The setting that has the cameras of the node with this address, `iss_camera_ids` or `cameras of pipeline first`, and
#: its line; None: not known.
CamerasAt: TypeAlias = Callable[[str], tuple[str, int] | None]
#: Whether anything in the file sends to this camera of this receiver.
MaySendTo: TypeAlias = Callable[[str, str], bool]

#: The reason of a delivery that was given up because of its age (docs/delivery.md).
_EXPIRED: Final = "expired"
_FIX_EXPIRED: Final = (
    "They waited for longer than expire_after_days of [outbox] allows. First let the receiver take events, then "
    "`securos-trigger outbox retry CONFIG --reason expired --target TARGET` sends them anyway. To give them up: "
    "`securos-trigger outbox drop CONFIG --reason expired --target TARGET`."
)
#: What to do about cameras whose events are given up.
_FIX_GIVEN_UP: Final = (
    "`securos-trigger outbox list CONFIG` says why. A wrong camera? Correct {}, `securos-trigger reload "
    "CONFIG`, then `securos-trigger outbox retry CONFIG --camera WRONG=RIGHT --target TARGET`. To give them up: "
    "`securos-trigger outbox drop CONFIG --camera CAMERA --target TARGET`."
)
#: The same for events without a camera alone.
_FIX_WITHOUT_CAMERA: Final = (
    "`securos-trigger outbox list CONFIG` says why. Set {}, then `securos-trigger reload CONFIG`: that helps the "
    "next events. To send these to a camera: `securos-trigger outbox retry CONFIG --camera '=RIGHT' --target TARGET`. "
    "To give them up: `securos-trigger outbox drop CONFIG --camera '' --target TARGET`."
)
#: The same at a receiver that no node sends to any more: nothing that is corrected helps these events.
FIX_RETIRED: Final = (
    "Has its address changed? `securos-trigger outbox move CONFIG TARGET NEW` moves them to the new one, and "
    "`securos-trigger outbox retry CONFIG --target NEW` sends them again. To give them up: `securos-trigger outbox "
    "drop CONFIG --target TARGET`."
)
#: The same for cameras that nothing sends to any more: these events need another camera, and no setting is wrong.
_FIX_LEFT: Final = (
    "To send them to another camera: `securos-trigger outbox retry CONFIG --camera WRONG=RIGHT --target TARGET`. To "
    "give them up: `securos-trigger outbox drop CONFIG --camera CAMERA --target TARGET`."
)


def given_up_troubles(
    given_up: Sequence[Mapping[str, Any]],
    now: datetime,
    fix: str = _FIX_GIVEN_UP,
    senders: Sequence[Mapping[str, Any]] = (),
    cameras_at: CamerasAt = lambda _address: None,
    fix_without_camera: str = _FIX_WITHOUT_CAMERA,
    fix_expired: str = _FIX_EXPIRED,
    served: Collection[str] | None = None,
    may_send_to: MaySendTo = lambda _target, _camera: True,
) -> Iterator[Trouble]:
    """Cameras whose latest event was given up, one sentence for each receiver, and one for cameras that it had before.

    `senders` are the trigger nodes of the answer, `cameras_at` says where the file has the cameras of one. `served` are
    the receivers that nodes send to; None: all. `may_send_to` says whether anything in the file sends to a camera.
    """
    for target in dict.fromkeys(one["target"] for one in given_up):
        of_target = [one for one in given_up if one["target"] == target]
        left = [] if served is not None and target not in served else _left(of_target, senders, may_send_to)
        if left:
            yield _left_trouble(target, left)
        cameras = [one for one in of_target if one not in left]
        if not cameras:
            continue
        lasts = since(min(one["since"] for one in cameras), now)
        number = sum(one["count"] for one in cameras)
        text = f"{_cameras_of(target, [one['camera'] for one in cameras])} {lasts}, {number:,} given up"
        ids = {one["camera"] for one in cameras}
        wrong = [one for one in senders if _sends(one, target, ids)]
        named = _names(wrong, cameras_at)
        advice = fix_without_camera if ids == {""} else fix
        advice = fix_expired if _are_expired(cameras) else advice
        if served is not None and target not in served:
            text, advice = f"{text}, and no node sends to this receiver any more", FIX_RETIRED
        known = _naming(advice.format(named or "iss_camera_ids"), target, ids)
        about = {"target": target, **({"address": wrong[0]["address"]} if wrong else {})}
        said, camera_ids = f"{text}: {_reason_of(cameras)}", tuple(sorted(ids))
        headline = _headline(cameras)
        yield Trouble(said, known, True, about=about, cameras=camera_ids, headline=headline, rank=Rank.GIVEN_UP)


def _are_expired(cameras: Sequence[Mapping[str, Any]]) -> bool:
    return {one["reason"] for one in cameras} == {_EXPIRED}


def _headline(cameras: Sequence[Mapping[str, Any]]) -> Headline:
    """`2 events for camera 9 were refused for good`."""
    number = sum(one["count"] for one in cameras)
    named = [one["camera"] for one in cameras if one["camera"]]
    places = [f"for camera{'s' if len(named) > 1 else ''} {some_of(named)}"] if named else []
    where = " and ".join([*places, *(["without a camera"] if len(named) < len(cameras) else [])])
    verb = "waited for too long" if _are_expired(cameras) else f"{'was' if number == 1 else 'were'} refused for good"
    return Headline(f"{counted(number, 'event')} given up", f"{counted(number, 'event')} {where} {verb}")


def _naming(advice: str, target: str, ids: Collection[str]) -> str:
    """The advice with the receiver, and with the cameras where there are few."""
    known = advice.replace("TARGET", shlex.quote(target))
    if len(ids) < 5:  # of more a person names each
        known = known.replace("--camera CAMERA", " ".join(f"--camera {shlex.quote(one)}" for one in sorted(ids)))
    if len(ids) == 1 and "" not in ids:
        known = known.replace("WRONG=RIGHT", f"{shlex.quote(*ids)}=RIGHT")
    return known


def _left(
    cameras: Sequence[Mapping[str, Any]], senders: Sequence[Mapping[str, Any]], may_send_to: MaySendTo
) -> list[Mapping[str, Any]]:
    """Those of the cameras that nothing sends to any more, neither in the file nor in force."""
    return [
        one
        for one in cameras
        if (camera := one["camera"])
        and one["reason"] != _EXPIRED
        and not may_send_to(one["target"], camera)
        and not any(_sends(node, one["target"], {camera}) for node in senders)
    ]


def _left_trouble(target: str, cameras: Sequence[Mapping[str, Any]]) -> Trouble:
    """Events for cameras that were corrected: they wait for a person who names the right one."""
    ids = [one["camera"] for one in cameras]
    number = sum(one["count"] if one.get("dead_letters") is None else one["dead_letters"] for one in cameras)
    waits = f"{counted(number, 'event')} for {target} {'waits' if number == 1 else 'wait'} for a camera number"
    text = f"{waits}, as no node sends to camera{'s' if len(ids) > 1 else ''} {some_of(ids)} any more"
    return Trouble(
        f"{text}: {_reason_of(cameras)}",
        _naming(_FIX_LEFT, target, ids),
        True,
        about={"target": target},
        cameras=tuple(sorted(ids)),
        rank=Rank.GIVEN_UP,
    )


def _reason_of(cameras: Sequence[Mapping[str, Any]]) -> str:
    """Why the latest event of these cameras of one receiver was given up; one alone is not named again."""
    reason = str(cameras[-1]["reason"])
    return reason.removeprefix(f"camera {cameras[-1]['camera']}: ") if len(cameras) == 1 else reason


def _sends(node: Mapping[str, Any], target: str, cameras: set[str]) -> bool:
    """A service of an older version does not say the cameras of a node."""
    own = node.get("camera_ids") or ([] if node.get("camera_ids") is None else [""])
    return bool(node.get("target") == target and cameras & set(own))


def _names(nodes: Sequence[Mapping[str, Any]], cameras_at: CamerasAt) -> str:
    """`iss_camera_ids of yard/alarm (line 31), gate/alarm`, or `cameras of pipeline first (line 12)`; empty: none."""
    of_nodes, of_maps = [], []
    for address in [one["address"] for one in nodes]:
        setting, line = cameras_at(address) or ("iss_camera_ids", 0)
        if setting == "iss_camera_ids":
            of_nodes.append(f"{address} (line {line})" if line else address)
        else:
            of_maps.append(f"{setting} (line {line})")
    named = [f"iss_camera_ids of {some_of(of_nodes)}"] if of_nodes else []
    return " and ".join([*named, *dict.fromkeys(of_maps)])


def _cameras_of(target: str, cameras: Sequence[str]) -> str:
    """`Camera 9 of https://vms:3443 gets no events`."""
    named = [camera for camera in cameras if camera]
    if not named:
        return f"{target} gets no events without a camera"
    many = len(named) > 1
    return f"Camera{'s' if many else ''} {some_of(named)} of {target} get{'' if many else 's'} no events"
