"""ONVIF events by PullPoint: subscribe, pull, renew, unsubscribe; subscribe again when the device has forgotten it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from defusedxml.ElementTree import fromstring

from securos_trigger.errors import FeedLostError
from securos_trigger.inputs.clients.onvif_device import DEVICE_PATH, measure_clock, service_address
from securos_trigger.inputs.clients.session import ANSWER_WITHIN_S, open_session
from securos_trigger.inputs.clients.soap import Answer, SoapClient, SoapFaultError, as_header, instant_text
from securos_trigger.inputs.device_connection import DeviceConnection
from securos_trigger.inputs.feed import ConnectionState
from securos_trigger.inputs.message import Message
from securos_trigger.inputs.times import instant
from securos_trigger.inputs.xml_trees import Tree, content, find

#: How long a subscription is to live without a renewal, in seconds.
SUBSCRIPTION_S: Final = 60.0
_PULL_S: Final = 5.0
_MOST_MESSAGES: Final = 100
#: Subscriptions in a row that may fail at once before the device counts as lost.
_MOST_FAILURES: Final = 3
_EVENTS: Final = "http://www.onvif.org/ver10/events/wsdl"
_NOTIFICATION: Final = "http://docs.oasis-open.org/wsn/bw-2"
_ADDRESSING: Final = "{http://www.w3.org/2005/08/addressing}"


@dataclass(slots=True)
class _Subscription:
    """A subscription: where to pull, the headers to send with it, and when to renew it (monotonic, seconds)."""

    url: str
    headers: Sequence[str]
    renew_at_ticks: float


class PullPointClient:
    """Pulls the events of one device. A message is one answer to PullMessages."""

    def __init__(self, connection: DeviceConnection, state: ConnectionState) -> None:
        self._connection = connection
        self._state = state
        self._is_absolute = False  # some devices misread a duration, others a time

    async def messages(self) -> AsyncGenerator[Message, None]:
        """The answers, from subscriptions that follow each other. FeedLostError: the device is gone, or refuses."""
        async with open_session(self._connection) as session:
            soap = SoapClient(session, self._connection)
            device_url = self._connection.at(DEVICE_PATH)
            await measure_clock(soap, device_url)
            events_url = await service_address(soap, device_url, "Events")
            failures = 0
            while True:
                subscription = await self._subscribe(soap, events_url)
                self._state.note_connected(self._connection.url)
                try:
                    async for answer in self._pull(soap, subscription):
                        failures = 0
                        yield Message(body=answer.body, arrived_at=time.time())
                except SoapFaultError as fault:
                    failures += 1
                    if failures >= _MOST_FAILURES:
                        raise FeedLostError(str(fault)) from None
                finally:
                    with suppress(SoapFaultError, FeedLostError):
                        await self._unsubscribe(soap, subscription)

    async def _subscribe(self, soap: SoapClient, url: str) -> _Subscription:
        answer = None
        for is_absolute in (self._is_absolute, not self._is_absolute):
            asked = self._until(soap, is_absolute=is_absolute)
            body = (
                "<tev:CreatePullPointSubscription>"
                f"<tev:InitialTerminationTime>{asked}</tev:InitialTerminationTime></tev:CreatePullPointSubscription>"
            )
            action = f"{_EVENTS}/EventPortType/CreatePullPointSubscriptionRequest"
            try:
                answer = await soap.ask(url, action, body, timeout_s=ANSWER_WITHIN_S)
            except SoapFaultError as fault:
                refused = FeedLostError(str(fault))
                continue
            self._is_absolute = is_absolute
            break
        if answer is None:
            raise refused
        reference: Tree = next(find(answer.tree, "SubscriptionReference"), {})
        address = content(next(find(reference, "Address"), None)) or url
        return _Subscription(address, _headers(answer.body), _renew_at_ticks(answer))

    def _until(self, soap: SoapClient, *, is_absolute: bool) -> str:
        """When a subscription is to end: as a time of the device's clock, or as a duration."""
        return instant_text(time.time() + soap.ahead_s + SUBSCRIPTION_S) if is_absolute else f"PT{SUBSCRIPTION_S:.0f}S"

    async def _pull(self, soap: SoapClient, subscription: _Subscription) -> AsyncGenerator[Answer, None]:
        pull_s = min(_PULL_S, self._connection.silent_after_s / 2)
        body = (
            f"<tev:PullMessages><tev:Timeout>PT{pull_s:.0f}S</tev:Timeout>"
            f"<tev:MessageLimit>{_MOST_MESSAGES}</tev:MessageLimit></tev:PullMessages>"
        )
        action = f"{_EVENTS}/PullPointSubscription/PullMessagesRequest"
        while True:
            if time.monotonic() >= subscription.renew_at_ticks:
                await self._renew(soap, subscription)
            yield await soap.ask(
                subscription.url,
                action,
                body,
                timeout_s=pull_s + self._connection.silent_after_s,
                headers=subscription.headers,
            )

    async def _renew(self, soap: SoapClient, subscription: _Subscription) -> None:
        asked = self._until(soap, is_absolute=self._is_absolute)
        body = f"<wsnt:Renew><wsnt:TerminationTime>{asked}</wsnt:TerminationTime></wsnt:Renew>"
        action = f"{_NOTIFICATION}/SubscriptionManager/RenewRequest"
        answer = await soap.ask(subscription.url, action, body, timeout_s=ANSWER_WITHIN_S, headers=subscription.headers)
        subscription.renew_at_ticks = _renew_at_ticks(answer)

    async def _unsubscribe(self, soap: SoapClient, subscription: _Subscription) -> None:
        action = f"{_NOTIFICATION}/SubscriptionManager/UnsubscribeRequest"
        await soap.ask(subscription.url, action, "<wsnt:Unsubscribe/>", timeout_s=2.0, headers=subscription.headers)


def _renew_at_ticks(answer: Answer) -> float:
    """When half of what the device has granted is over; of what was asked for, where it does not say it."""
    now_at = instant(content(next(find(answer.tree, "CurrentTime"), None)))
    until_at = instant(content(next(find(answer.tree, "TerminationTime"), None)))
    granted_s = until_at - now_at if now_at is not None and until_at is not None else SUBSCRIPTION_S
    return time.monotonic() + min(max(granted_s, 2.0), SUBSCRIPTION_S) / 2


def _headers(body: bytes) -> tuple[str, ...]:
    """The reference parameters of a new subscription: some devices know it by them alone."""
    root: Any = fromstring(body, forbid_dtd=True)
    found = root.iter(f"{_ADDRESSING}ReferenceParameters")
    return tuple(as_header(one) for parameters in list(found)[:1] for one in list(parameters)[:16])
