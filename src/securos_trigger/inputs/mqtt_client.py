"""The MQTT transport: one broker, one persistent session, each message acknowledged when it is dealt with.

paho-mqtt is used without a thread of its own: the worker of this module owns the socket, reads, and sends the
acknowledgements that the pipeline has handed over, in order. While the queue is full nothing is read.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from securos_trigger.errors import FeedLostError, FeedRefusedError
from securos_trigger.inputs.buffered_client import BufferedClient
from securos_trigger.inputs.feed import Arrival, ArrivalQueue, ConnectionState, Taken
from securos_trigger.inputs.message import MAX_BODY_BYTES, Message
from securos_trigger.inputs.mqtt_reasons import (
    LOGIN_REFUSED,
    SESSION_TAKEN_OVER,
    ShortLives,
    granted_text,
    same_id,
    why_ended,
    why_refused,
    why_unreachable,
)
from securos_trigger.inputs.mqtt_settings import MqttSettings
from securos_trigger.inputs.pinned_tls import tls_context
from securos_trigger.inputs.retry_pause import RetryPause
from securos_trigger.notices import Announcer
from securos_trigger.system.worker import Worker

#: Messages that the broker (MQTT 5) sends at most without an acknowledgement: its back-pressure.
RECEIVE_MAXIMUM: Final = 512
#: A larger packet is not sent by a broker of MQTT 5. What is larger than a message may be is malformed, and counted.
MAX_PACKET_BYTES: Final = 4 * MAX_BODY_BYTES
KEEPALIVE_S: Final = 30
CONNECT_WITHIN_S: Final = 10.0
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
_PACKETS_A_TURN: Final = 64
#: A packet, an acknowledgement and the end wake the worker at once; only what is due by the clock waits for this.
_TURN_S: Final = 2.0
_FULL_TURN_S: Final = 0.05
_CLOSE_WITHIN_S: Final = 5.0
#: A broker that takes nothing more is left after this long, in seconds; the worker then ends in time.
_SEND_LAST_WITHIN_S: Final = 2.0


class MqttFeed:
    """The feed of an input at a broker."""

    def __init__(
        self, source_name: str, settings: MqttSettings, topics: Sequence[str], client_id: str, announcer: Announcer
    ) -> None:
        self.queue = ArrivalQueue()
        self.state = ConnectionState(source_name, announcer)
        #: The QoS that the last messages came with: those with 0 are lost in an outage.
        self.last_qos: deque[int] = deque(maxlen=100)
        self._received = 0
        self._settings = settings
        self._topics = tuple(topics)
        self._client_id = client_id
        self._client: BufferedClient | None = None
        self._acknowledged: deque[tuple[mqtt.Client, int, int]] = deque()
        self._refusal, self._is_subscribed, self._is_tried_rarely = "", False, False
        self._short_lives = ShortLives()
        self._pause = RetryPause(FIRST_PAUSE_S, LONGEST_PAUSE_S)
        self._connected_at_ticks = 0.0
        self._is_woken = False
        self._wake_reader, self._wake_writer = socket.socketpair()
        for end in (self._wake_reader, self._wake_writer):
            end.setblocking(False)
        self._worker = Worker(f"mqtt-{source_name}", self._turn, announcer, last=self._disconnect)

    def start(self) -> None:
        """Connect, in the worker's thread."""
        self._worker.start()

    def close(self) -> None:
        """Send the acknowledgements that were handed over, and leave; the session stays at the broker."""
        self._worker.request_close()
        self._wake()
        self._worker.close(_CLOSE_WITHIN_S)
        self._wake_reader.close()
        self._wake_writer.close()

    # -- the worker's thread

    def _turn(self, closing: threading.Event) -> None:
        """Connect when there is no connection, else serve the socket once."""
        try:
            if self._client is None:
                self._client = self._connected()
            self._serve(self._client)
            return
        except FeedLostError as error:
            failure = self._judged(error)
        except BaseException:
            self._drop_connection()
            raise
        self._drop_connection()
        self.state.note_lost(str(failure))
        closing.wait(self._pause.after(failure))

    def _judged(self, error: FeedLostError) -> FeedLostError:
        if self._short_lives.note(time.monotonic() - self._connected_at_ticks if self._is_subscribed else None):
            return FeedRefusedError(f"{error}, again and again: {same_id(self._client_id)}")
        return FeedRefusedError(str(error)) if self._is_tried_rarely else error

    def _connected(self) -> BufferedClient:
        """A client with a connection on which the login has been sent."""
        settings = self._settings
        is_5 = settings.protocol == "5"
        client = BufferedClient(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=None if is_5 else settings.session_expiry_s == 0,
            protocol=MQTTProtocolVersion.MQTTv5 if is_5 else MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = CONNECT_WITHIN_S
        if settings.user or settings.password is not None:
            password = settings.password
            client.username_pw_set(settings.user, password.get_secret_value() if password is not None else None)
        if settings.has_tls:
            client.tls_set_context(tls_context(settings.ca_file, settings.certificate_sha256))
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        self._refusal, self._is_subscribed, self._is_tried_rarely = "", False, False
        try:
            client.connect(
                settings.host,
                settings.port,
                KEEPALIVE_S,
                clean_start=False if is_5 else mqtt.MQTT_CLEAN_START_FIRST_ONLY,
                properties=self._session() if is_5 else None,
            )
        except (OSError, ValueError) as error:
            raise FeedLostError(why_unreachable(error, settings)) from None
        self._connected_at_ticks = time.monotonic()
        return client

    def _session(self) -> Properties:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = self._settings.session_expiry_s
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        properties.MaximumPacketSize = MAX_PACKET_BYTES
        return properties

    def _serve(self, client: BufferedClient) -> None:
        """Read, acknowledge and write once. Raises FeedLostError when the connection is gone."""
        self._send_acknowledgements(client)
        sock = client.socket()
        if sock is None:
            raise FeedLostError(self._refusal or "the broker has closed the connection")
        is_full = self.queue.is_full
        pending = client.has_read_ahead or (isinstance(sock, ssl.SSLSocket) and sock.pending() > 0)
        readers: list[Any] = [self._wake_reader] if is_full else [self._wake_reader, sock]
        timeout_s = _FULL_TURN_S if is_full else 0.0 if pending else _TURN_S
        readable, writable, _ = select.select(readers, [sock] if client.want_write() else [], [], timeout_s)
        if self._wake_reader in readable:
            self._wake_reader.recv(4096)
            self._is_woken = False  # before the next look at what was handed over
        if sock in readable or (pending and not is_full):
            self._read(client)
        if sock in writable:
            self._require(client.loop_write())
        self._require(client.loop_misc())
        if not self._is_subscribed and time.monotonic() - self._connected_at_ticks > CONNECT_WITHIN_S:
            raise FeedLostError(self._refusal or f"the broker has not answered within {CONNECT_WITHIN_S:g} s")

    def _read(self, client: mqtt.Client) -> None:
        """Read packets until there are no more at present, or enough of them."""
        for _ in range(_PACKETS_A_TURN):
            before = self._received
            self._require(client.loop_read())
            if self._received == before or self.queue.is_full:
                return

    def _require(self, code: MQTTErrorCode) -> None:
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise FeedLostError(self._refusal or f"the connection to the broker is lost ({mqtt.error_string(code)})")

    def _send_acknowledgements(self, client: BufferedClient) -> None:
        for _ in range(len(self._acknowledged)):
            owner, mid, qos = self._acknowledged.popleft()
            if owner is client:  # one of an earlier connection comes again
                client.ack(mid, qos)

    def _drop_connection(self) -> None:
        client, self._client = self._client, None
        if client is not None and (sock := client.socket()) is not None:
            sock.close()
        self._acknowledged.clear()

    def _disconnect(self) -> None:
        client = self._client
        if client is not None and client.socket() is not None:
            self._send_acknowledgements(client)
            client.disconnect()
            give_up_at_ticks = time.monotonic() + _SEND_LAST_WITHIN_S
            while (sock := client.socket()) is not None and client.want_write():
                left_s = max(0.0, give_up_at_ticks - time.monotonic())
                if not select.select([], [sock], [], left_s)[1]:
                    break  # a broker that hangs: what it has no acknowledgement of comes again
                if client.loop_write() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    break
        self._drop_connection()

    # -- paho's callbacks, in the worker's thread

    def _on_connect(
        self,
        client: mqtt.Client,
        _data: Any,
        _flags: mqtt.ConnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if code.is_failure:
            self._refusal = why_refused(code, self._settings)
            self._is_tried_rarely = code.value in LOGIN_REFUSED
            return
        client.subscribe([(topic, self._options()) for topic in self._topics])

    def _options(self) -> Any:
        if self._settings.protocol == "5":
            return SubscribeOptions(qos=self._settings.qos)
        return self._settings.qos

    def _on_subscribe(
        self, _client: mqtt.Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        refused = [topic for topic, code in zip(self._topics, codes, strict=False) if code.is_failure]
        if refused:
            self._refusal = f"the broker refuses the subscription to {', '.join(refused)}"
            raise FeedLostError(self._refusal)
        self._is_subscribed = True
        self._pause.reset()
        granted = granted_text(self._topics, [code.value for code in codes])
        self.state.note_connected(f"{self._settings.broker}, subscribed to {granted}")

    def _on_message(self, client: mqtt.Client, _data: Any, found: mqtt.MQTTMessage) -> None:
        self._received += 1
        self.last_qos.append(found.qos)
        message = Message(
            body=bytes(found.payload),
            arrived_at=time.time(),
            topic=found.topic,
            qos=found.qos,
            retain=found.retain,
            dup=found.dup,
        )
        key = f"{found.mid} {message.digest}" if found.qos else ""
        self.queue.put_over(Arrival(message, self._acknowledge_later(client, found.mid, found.qos), key))

    def _on_disconnect(self, _client: mqtt.Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        if not self._refusal and code.is_failure:
            self._refusal = why_ended(code, self._settings, self._client_id, is_subscribed=self._is_subscribed)
            self._is_tried_rarely = code.value == SESSION_TAKEN_OVER

    # -- the pipeline's thread

    def _acknowledge_later(self, client: mqtt.Client, mid: int, qos: int) -> Callable[[Taken], None] | None:
        if qos == 0:
            return None

        def acknowledge(_taken: Taken) -> None:
            self._acknowledged.append((client, mid, qos))
            self._wake()

        return acknowledge

    def _wake(self) -> None:
        """Have the worker look at once; it may be closed already, or have been woken."""
        if self._is_woken:
            return
        self._is_woken = True
        try:
            self._wake_writer.send(b"\0")
        except OSError:
            return
