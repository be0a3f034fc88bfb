"""Opens the ledger of a service as its configuration says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from securos_trigger.config.settings import LedgerSettings
from securos_trigger.ledger import Journal, Ledger, LedgerFiles
from securos_trigger.notices import Announcer


@contextmanager
def open_ledger(
    settings: LedgerSettings, outbox: Path, announcer: Announcer, configuration: Path | None = None
) -> Iterator[Ledger]:
    """A ledger in memory, and in its files (beside `outbox` unless set) if they are enabled; closed at the end.

    `configuration` is the file of the service, which the ledger names.
    `announcer` announces trouble with the files. They are written when the outbox is open (`Dispatch`): a start that is
    refused leaves no file, and no line in the ledger of the process that has the outbox.
    """
    journal = None
    if settings.enabled:
        path, max_bytes = settings.path_beside(outbox), int(settings.max_size_mb * 1024**2)
        files = LedgerFiles(path, max_bytes=max_bytes, files=settings.files)
        journal = Journal(files, announcer=announcer, configuration=str(configuration or ""))
    with closing(Ledger(journal, begins_later=True)) as ledger:
        yield ledger
