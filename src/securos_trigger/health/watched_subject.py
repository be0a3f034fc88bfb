"""A subject that is watched, with the trouble that it has or may have, and who gets reports of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from securos_trigger.health.reports import Recipient
from securos_trigger.health.settings import HealthSettings
from securos_trigger.health.subjects import Backlog, Deliveries, ExpiringCertificate, Frames, Subject
from securos_trigger.health.troubles import Trouble


@dataclass(frozen=True, slots=True)
class WatchedSubject:
    """One subject of the watch. The first two keep what they have seen from look to look."""

    subject: Subject
    trouble: Trouble
    recipients: tuple[Recipient, ...]

    @property
    def key(self) -> str:
        """The same from one start of the process to the next."""
        return f"{self.subject.kind} {self.subject.about}".rstrip()

    def going_on_from(self, before: WatchedSubject | None, settings: HealthSettings) -> WatchedSubject:
        """The same with what `before`, of the same key, has seen; `settings` have its thresholds from now on."""
        if before is None:
            return self
        subject, trouble = before.subject, before.trouble
        if isinstance(subject, Frames | Deliveries | Backlog | ExpiringCertificate):
            subject.settings = settings
        trouble.hold_s, trouble.recover_s = self.trouble.hold_s, self.trouble.recover_s
        return replace(self, subject=subject, trouble=trouble)
