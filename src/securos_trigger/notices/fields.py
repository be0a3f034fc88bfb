"""The fields of notices: one name for one meaning, in every log line."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

#: What each field means, by name.
FIELDS: Final = MappingProxyType(
    {
        "about": "what the trouble is about: a target, a pipeline, or empty for the whole service",
        "attempts": "attempts that this delivery has used up",
        "behind_s": "seconds behind the speed it should have",
        "cameras": "ids of the cameras, with commas between them",
        "certificate_sha256": "SHA-256 fingerprint of a certificate, 64 hexadecimal digits",
        "changes": "what changed, with semicolons between; never a secret",
        "count": "how many times, or of how many, as the meaning says",
        "decode_errors": "packets of video that could not be decoded",
        "duplicate": "True: the receiver had done this delivery before",
        "event_id": "id of the event, the same on the wire, in the outbox and in the ledger",
        "event_name": "name of the event, as the operator would see it",
        "events": "events that fired",
        "failed_cameras": "ids of the cameras that never get the event, with commas between them",
        "fix": "what a person can do about it",
        "frames": "frames that were read",
        "frames_per_s": "frames read for each second",
        "kept_as": "name that the file has now, in the same folder",
        "kind": "name of a kind of notice",
        "late": "True: too old for a recording, sent as event only",
        "latency_s": "seconds from the frame to the receiver's answer",
        "lost": "events that could not be kept",
        "node": "id of the node; of a trigger node in a pipeline, `pipeline/node`",
        "oldest_s": "age of the oldest, in seconds",
        "outage_s": "seconds for which it did not work",
        "path": "the file",
        "pipeline": "name of the pipeline",
        "pipelines": "names of the pipelines, with commas between them",
        "reason": "why, in words",
        "server": "address of a server of the cluster",
        "source": "name of the source",
        "subject": "subject of a message in the cluster",
        "target": "the receiver, as scheme://host:port",
        "text": "the sentence that is reported",
        "targets": "the receivers, with commas between them",
        "thread": "name of the thread or task",
        "trouble": "kind of the trouble (docs/health.md)",
        "until": "instant at which it ends, in UTC",
        "url": "address to open in a browser",
        "version": "version of securos-trigger",
        "waiting": "deliveries that wait or are being sent",
        "wait_s": "seconds until the next try",
    }
)
