"""Notices: what the engine reports, without knowing who listens. `kinds` registers each with its fields and level."""

from securos_trigger.notices.announcer import Announcer, Notice, Observer, log_notice
from securos_trigger.notices.fields import FIELDS
from securos_trigger.notices.kinds import KINDS
from securos_trigger.notices.registry import NoticeKind

__all__ = ["FIELDS", "KINDS", "Announcer", "Notice", "NoticeKind", "Observer", "log_notice"]
