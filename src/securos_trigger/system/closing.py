"""What is closed at the end of a `with` block: everything that has a `close` of its own is closed in this way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Closeable(ABC):
    """Base of what a `with` block closes. `__enter__` gives the object itself."""

    @abstractmethod
    def close(self) -> object:
        """Release what it holds. May be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
