"""The tamper catalogue: what is tried against the promises G1 to G8, and the code that finds it.

A row is done to a recorder's whole store (`stores.py`), to single lines of it (`written.py`), or stands as a
vector in spec/vectors already and is named here with what it is an attack on (`known.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

PROMISES = ("G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8")


@dataclass(frozen=True)
class Attack:
    """`do` is what the test that runs the row expects; a vector's row has its path instead."""

    name: str
    promise: str
    code: str
    do: Callable[..., object] | str
    dated: bool = True
    """The report must say since when something is missing."""


Do = TypeVar("Do", bound=Callable[..., object])


class Table(list[Attack]):
    def add(self, promise: str, code: str, dated: bool = True) -> Callable[[Do], Do]:
        def added(do: Do) -> Do:
            self.append(Attack(do.__name__.replace("_", "-"), promise, code, do, dated))
            return do

        return added
