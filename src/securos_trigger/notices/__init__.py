"""Notices: what the engine reports, without knowing who listens. `kinds` registers each with its fields and level.

In: `announcer.announce(kinds.SOMETHING, field=…)`, from any thread. Out: a `Notice` to each observer: the log, the
ledger, the status, the metrics. Read `kinds` first, then `announcer`. docs/notices.md is made from it.
"""

from securos_trigger.notices.announcer import Announcer, Notice, Observer, log_notice
from securos_trigger.notices.fields import FIELDS
from securos_trigger.notices.kinds import KINDS
from securos_trigger.notices.registry import NoticeKind

__all__ = ["FIELDS", "KINDS", "Announcer", "Notice", "NoticeKind", "Observer", "log_notice"]
