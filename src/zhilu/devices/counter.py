"""The counter that lives outside the store (spec/journal.md §3): it only goes up, and it survives power cuts.

In a TPM or a secure element nobody can set it back. The file here is a simulation of one: reports that meet
`counter_kind` `file` say `tail not provable`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from zhilu.durable import replace
from zhilu.errors import DataError


class Counter(Protocol):
    kind: str
    """`tpm`, `token`, `file` or `none`."""

    def value(self) -> int: ...

    def increase(self) -> int:
        """Up by exactly one, durable, then the new value. A crash after it leaves a hole, never a
        repetition."""
        ...

    def seen(self, number: int) -> None:
        """A line on storage carries this number. Only a counter that nothing else keeps goes by it."""
        ...


class FileCounter:
    kind = "file"

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def create(cls, path: Path) -> FileCounter:
        replace(path, b"0\n")
        return cls(path)

    def value(self) -> int:
        try:
            text = self._path.read_text("ascii")
            if not text.endswith("\n") or not text[:-1].isdigit():
                raise ValueError(text)
            return int(text)
        except (OSError, ValueError):
            raise DataError("counter-file", "The counter {path} cannot be read.", path=self._path) from None

    def increase(self) -> int:
        value = self.value() + 1
        replace(self._path, b"%d\n" % value)
        return value

    def seen(self, number: int) -> None:
        pass


class LineCounter:
    """Kept by nothing but the lines themselves: the next number is one more than any line carries."""

    kind = "none"

    def __init__(self) -> None:
        self._value = 0

    def value(self) -> int:
        return self._value

    def increase(self) -> int:
        self._value += 1
        return self._value

    def seen(self, number: int) -> None:
        self._value = max(self._value, number)
