"""The known name that a person may have meant: "Did you mean …?"."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Final

_PEOPLE: Final = ("person", "human", "pedestrian", "people")
_BIKE: Final = ("bicycle", "bike", "cycle")
_MOTORBIKE: Final = ("motorcycle", "motorbike")
#: More known names than this are not listed, and this many stand for them.
_MOST_KNOWN: Final = 40
_FEW: Final = 6
#: Words that models have for the same class, the most usual one first.
_SAME_CLASS: Final = MappingProxyType(
    {
        **dict.fromkeys((*_PEOPLE, "man", "woman", "child", "body", "walker", "worker", "intruder"), _PEOPLE),
        **dict.fromkeys((*_BIKE, "cyclist"), (*_BIKE, *_MOTORBIKE)),
        **dict.fromkeys((*_MOTORBIKE, "scooter", "moped"), _MOTORBIKE),
        **dict.fromkeys(("vehicle", "automobile", "auto", "car", "taxi", "suv"), ("car", "vehicle", "automobile")),
        **dict.fromkeys(("lorry", "truck", "van", "pickup"), ("truck", "lorry", "van")),
        **dict.fromkeys(("plane", "aeroplane", "airplane", "aircraft"), ("airplane", "aeroplane", "plane", "aircraft")),
        **dict.fromkeys(("phone", "mobile", "smartphone"), ("cell phone", "phone")),
        **dict.fromkeys(("bag", "luggage", "baggage"), ("suitcase", "backpack", "handbag", "bag", "luggage")),
    }
)

#: What other products call a setting, and what it may be called here.
_SAME_SETTING: Final = MappingProxyType(
    {
        **dict.fromkeys(
            ("confidence", "conf", "score", "min_score", "min_confidence", "conf_threshold"), ("threshold",)
        ),
        **dict.fromkeys(("iou", "nms", "nms_threshold", "iou_threshold"), ("nms_iou",)),
        **dict.fromkeys(("classes", "objects", "filter", "track"), ("keep",)),
        **dict.fromkeys(("skip", "stride", "frame_skip", "skip_frames", "every_n"), ("every",)),
        **dict.fromkeys(("polygon", "polygons", "zones", "areas", "regions", "points"), ("rois", "lines")),
        **dict.fromkeys(("path", "script", "code", "python"), ("file", "module", "url")),
        **dict.fromkeys(("file", "filename", "file_name", "video", "location", "dir"), ("path",)),
        **dict.fromkeys(("address", "uri", "rtsp", "rtsp_url", "stream"), ("url", "iss_ip")),
        **dict.fromkeys(("ip", "host", "hostname", "server", "iss_host", "iss_server", "iss_address"), ("iss_ip",)),
        **dict.fromkeys(("https", "use_https", "ssl", "tls", "use_ssl", "use_tls", "protocol"), ("iss_scheme",)),
        **dict.fromkeys(
            ("fingerprint", "iss_fingerprint", "certificate", "cert", "iss_cert", "sha256"), ("iss_certificate_sha256",)
        ),
        **dict.fromkeys(("ca", "ca_cert", "ca_file", "cafile"), ("iss_ca_file",)),
        **dict.fromkeys(("token", "secret", "api_key", "key", "iss_token", "iss_secret"), ("iss_password",)),
        **dict.fromkeys(("camera", "cameras", "camera_id", "camera_ids", "channel"), ("iss_camera_ids",)),
        **dict.fromkeys(("cooldown", "debounce", "throttle", "min_interval", "rate_limit"), ("interval",)),
        **dict.fromkeys(("condition", "when", "rule", "expression", "if"), ("trigger", "condition")),
        **dict.fromkeys(("title", "message", "subject"), ("event_name",)),
        **dict.fromkeys(("schedule", "hours", "active_time", "arm_schedule"), ("active_hours",)),
        **dict.fromkeys(("active", "enable", "on"), ("enabled",)),
        **dict.fromkeys(("max_size", "size", "limit_mb", "max_mb"), ("max_size_mb",)),
    }
)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name closest to `word`, or an empty string when none is close."""
    folded = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def nearest_label(word: str, known: Iterable[str]) -> str:
    """The class of a detector that `word` is another word for, or is close to; empty when none is."""
    by_name = {name.lower(): name for name in known}
    for one in (word.lower(), word.lower().removesuffix("s")):
        for same in (one, *_SAME_CLASS.get(one, ())):
            if same in by_name:
                return by_name[same]
    return nearest(word, by_name.values())


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The fix for an unknown name: the nearest known one, else all of them; of more than 40 the nearest few."""
    if guess := _same_setting(word, known) or nearest(word, known) or _same_setting(_misspelt(word), known):
        return f'Did you mean "{guess}"?'
    if len(known) > _MOST_KNOWN:
        return f"There are {len(known):,}, among them {', '.join(nearest_few(word, known))}."
    return f"Known: {', '.join(known)}."


def _same_setting(word: str, known: Sequence[str]) -> str:
    """The known name for what other products call by this word; empty: none."""
    return next((one for one in _SAME_SETTING.get(word.lower().replace("-", "_"), ()) if one in known), "")


def _misspelt(word: str) -> str:
    """The word of other products of which this one is a slip: `address` for `adress`; empty: none."""
    found = difflib.get_close_matches(word.lower(), _SAME_SETTING, n=1, cutoff=0.8)
    return found[0] if found else ""


def nearest_few(word: str, known: Sequence[str]) -> list[str]:
    """Six of the known names, those closest to `word` first."""
    folded = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), list(folded), n=_FEW, cutoff=0.5)
    return list(dict.fromkeys([*(folded[one] for one in near), *known]))[:_FEW]
