"""What every test runs under."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from securos_trigger.notices import Announcer, NoticeKind

_announce = Announcer.announce


@pytest.fixture(autouse=True)
def _notices_have_the_fields_of_their_kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail the test in which a notice is announced with other fields than the registry has for it.

    Also when it is announced in another thread, where a raised error would end in that thread's bulkhead.
    """
    wrong: list[str] = []

    def announce(self: Announcer, kind: NoticeKind, *level: int, **fields: object) -> None:
        if set(fields) != set(kind.fields):
            wrong.append(f"{kind.name} with {sorted(fields)}, and the registry has {sorted(kind.fields)}")
        _announce(self, kind, *level, **fields)

    monkeypatch.setattr(Announcer, "announce", announce)
    yield
    assert not wrong, wrong
