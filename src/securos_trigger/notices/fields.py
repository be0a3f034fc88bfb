"""The fields of notices: one name for one meaning, in every log line."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

#: What each field means, by name.
FIELDS: Final = MappingProxyType(
    {
        "about": "what the trouble is about: a target, a pipeline, or empty for the whole service",
        "accepted": "whether a camera has the event: no, now (one more since this attempt) or before",
        "apart_s": "how far the other clock is ahead of this machine's, in seconds; below 0: behind",
        "attempts": "attempts to send this delivery until now",
        "behind_s": "seconds by which reading is behind the file's own speed",
        "by": "the person who did it: a user of the console, or of the machine; empty: not known",
        "cameras": "ids of the cameras, separated by commas",
        "certificate_sha256": "SHA-256 fingerprint of a certificate, 64 hexadecimal digits",
        "changes": "what changed, separated by semicolons; never a secret",
        "client": "address of the other side; behind a reverse proxy that of the proxy",
        "count": "a number; the meaning of the notice says of what",
        "decode_errors": "packets of video that could not be decoded",
        "duplicate": "True: the receiver had done every step of this delivery already, and did nothing twice",
        "event_id": "id of the event, the same on the wire, in the outbox and in the ledger",
        "event_name": "name of the event, as the operator sees it",
        "events": "events that fired",
        "failed_cameras": "ids of the cameras that never get the event, separated by commas",
        "failed": "what did not end well: pipelines, or the images of events; separated by commas",
        "failures": "nodes that failed, and `sink`: each with the number of frames, as `sink:60`",
        "fix": "what a person can do about it",
        "frames": "frames that were read",
        "frames_per_s": "frames read in a second",
        "free_mb": "megabytes that are free on the disk",
        "gateway": "name of a gateway in the cluster",
        "kept_as": "name that the file has now, in the same folder",
        "kind": "name of a kind of notice",
        "late": "True: too old for a recording, sent as event only",
        "latency_s": "seconds from the frame to the receiver's answer",
        "lost": "events that could not be kept",
        "node": "id of the node; of a trigger node in a pipeline, `pipeline/node`",
        "oldest_s": "age of the oldest, in seconds",
        "order": "what was asked for at the control channel",
        "outage_s": "how long it did not work, in seconds",
        "path": "the file",
        "pipeline": "name of the pipeline",
        "pipelines": "names of the pipelines, separated by commas",
        "reason": "why, in words",
        "server": "address of a server of the cluster",
        "since": "instant at which it began, in UTC",
        "source": "name of the source",
        "subject": "subject of a message in the cluster",
        "target": "the receiver, as scheme://host:port",
        "text": "what is reported, as a sentence",
        "targets": "the receivers, separated by commas",
        "thread": "name of the thread or task",
        "trouble": "kind of the trouble (docs/health.md)",
        "until": "instant at which it ends, in UTC",
        "url": "address to open in a browser",
        "user": "user name that was given; empty: none",
        "version": "version of securos-trigger",
        "waiting": "deliveries that wait or are being sent",
        "wait_s": "seconds until the next attempt",
    }
)
