"""What an ONVIF device says of itself: its clock, the addresses of its services, its profiles."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from securos_trigger.errors import FeedLostError
from securos_trigger.inputs.clients.session import ANSWER_WITHIN_S, open_session
from securos_trigger.inputs.clients.soap import SoapClient, SoapFaultError
from securos_trigger.inputs.device_connection import DeviceConnection
from securos_trigger.inputs.times import instant
from securos_trigger.inputs.values import MAX_NAMES
from securos_trigger.inputs.xml_trees import Tree, attribute, child, content, find

DEVICE_PATH: Final = "/onvif/device_service"
_DEVICE: Final = "http://www.onvif.org/ver10/device/wsdl"
_MEDIA: Final = "http://www.onvif.org/ver10/media/wsdl"
#: A clock that differs by less is right, in seconds.
_LEAST_OFFSET_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile of the media service: its name, its token, and the token of its video source."""

    name: str
    token: str
    source_token: str = ""


async def measure_clock(soap: SoapClient, device_url: str) -> None:
    """Ask the device for its time, which needs no login, and set `soap.ahead_s`. A device without one: it stays 0."""
    with suppress(SoapFaultError):
        answer = await soap.ask(
            device_url,
            f"{_DEVICE}/GetSystemDateAndTime",
            "<tds:GetSystemDateAndTime/>",
            timeout_s=ANSWER_WITHIN_S,
            has_login=False,
        )
        at = _utc(next(find(answer.tree, "UTCDateTime"), {}))
        ahead_s = at - time.time() if at is not None else 0.0
        soap.ahead_s = ahead_s if abs(ahead_s) >= _LEAST_OFFSET_S else 0.0


def _utc(tree: Tree) -> float | None:
    date = [content(child(tree, "Date").get(name)) or "" for name in ("Year", "Month", "Day")]
    clock = [content(child(tree, "Time").get(name)) or "" for name in ("Hour", "Minute", "Second")]
    return instant(f"{'-'.join(one.zfill(2) for one in date)}T{':'.join(one.zfill(2) for one in clock)}Z")


async def service_address(soap: SoapClient, device_url: str, name: str) -> str:
    """The address of a service, `Events` or `Media`. FeedLostError: the device has none."""
    body = f"<tds:GetCapabilities><tds:Category>{name}</tds:Category></tds:GetCapabilities>"
    try:
        answer = await soap.ask(device_url, f"{_DEVICE}/GetCapabilities", body, timeout_s=ANSWER_WITHIN_S)
    except SoapFaultError as fault:
        raise FeedLostError(str(fault)) from None
    addresses = (content(one) for service in find(answer.tree, name) for one in find(service, "XAddr"))
    found = next((one for one in addresses if one), None)
    if found is None:
        raise FeedLostError(f"the device has no service {name}")
    return found


async def list_profiles(connection: DeviceConnection) -> list[Profile]:
    """The profiles of a device, its cameras. FeedLostError: it does not answer, or refuses the login."""
    async with open_session(connection) as session:
        soap = SoapClient(session, connection)
        device_url = connection.at(DEVICE_PATH)
        await measure_clock(soap, device_url)
        media_url = await service_address(soap, device_url, "Media")
        try:
            answer = await soap.ask(media_url, f"{_MEDIA}/GetProfiles", "<trt:GetProfiles/>", timeout_s=ANSWER_WITHIN_S)
        except SoapFaultError as fault:
            raise FeedLostError(str(fault)) from None
    return [_profile(one) for one in list(find(answer.tree, "Profiles"))[:MAX_NAMES]]


def _profile(tree: Tree) -> Profile:
    token = attribute(tree, "token") or ""
    name = content(tree.get("Name")) or token
    source = next((content(one) for one in find(child(tree, "VideoSourceConfiguration"), "SourceToken")), None)
    return Profile(name, token, source or "")
