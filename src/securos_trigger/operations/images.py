"""The images of events that a configuration keeps: show one, and delete those of cameras."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from securos_trigger.config.images_settings import images_path
from securos_trigger.errors import ConfigurationError, OutboxError
from securos_trigger.operations.outbox import outbox_of
from securos_trigger.operations.remembered import remembered_settings
from securos_trigger.runtime.image_folder import ImageFolder
from securos_trigger.system.reasons import reason_of


def image_of_event(config: Path, event_id: str) -> bytes | None:
    """The image of an event as JPEG; None: there is none. OutboxError: it cannot be read."""
    folder = _folder(config)
    try:
        return folder.read(event_id)
    except OSError as error:
        raise OutboxError(f"The images {folder.path} cannot be read: {reason_of(error)}.") from error


def has_image(config: Path, event_id: str) -> bool:
    """True when there is an image of the event, and this user may see it."""
    try:
        return image_of_event(config, event_id) is not None
    except OutboxError:
        return False


def why_no_image(config: Path, kept_at: datetime, now: datetime) -> str:
    """Why there is no image of an event that was kept at an instant (both aware).

    `off`: [images] is not set; `expired`: the event is older than `keep_days`; `gone`: deleted, or never made; empty:
    the configuration cannot be read.
    """
    try:
        images = remembered_settings(config).images
    except ConfigurationError:
        return ""
    if images is None:
        return "off"
    return "expired" if now - kept_at > timedelta(days=images.keep_days) else "gone"


def purge_images(config: Path, camera_ids: Collection[str] | None) -> int:
    """Delete the images of events that name one of these cameras; None: all. How many were deleted.

    The service may run, and need not. OutboxError: they cannot be deleted.
    """
    folder = _folder(config)
    try:
        return folder.purge(camera_ids)
    except OSError as error:
        raise OutboxError(f"The images {folder.path} cannot be deleted: {reason_of(error)}.") from error


def _folder(config: Path) -> ImageFolder:
    return ImageFolder(images_path(outbox_of(config)))
