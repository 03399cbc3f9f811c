"""Fingers of people who left, and of nobody else, are forgotten at the reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from zhilu.errors import WorldError
from zhilu.station.leavers import FRESH, Leavers

HERE, ELSEWHERE = "here", "elsewhere"
NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Reader:
    def __init__(self) -> None:
        self.known, self.there = {"li", "wang", "zhao"}, True

    async def enrolled(self, person: str) -> list[str]:
        if not self.there:
            raise WorldError("sensor-missing")
        return ["left-thumb"] if person in self.known else []

    async def forget(self, person: str) -> None:
        self.known.discard(person)


class Room:
    def __init__(self) -> None:
        self.reader = Reader()
        self.desk = SimpleNamespace(reader=self.reader, reading=False)
        self.snapshot = SimpleNamespace(
            fingers=frozenset({("li", HERE), ("wang", HERE), ("zhao", ELSEWHERE)}), roster=()
        )
        self.snapshots = SimpleNamespace(issued=NOW, current=lambda: self.snapshot)
        parts: Any = SimpleNamespace(
            desk=self.desk, snapshots=self.snapshots, home=SimpleNamespace(kid=HERE), clock=lambda: NOW
        )
        self.leavers = Leavers(parts)
        self.named("li")

    def named(self, *people: str) -> None:
        self.snapshot.roster = tuple(SimpleNamespace(id=one) for one in people)


@pytest.fixture
def room() -> Room:
    return Room()


async def test_who_is_named_no_more_is_forgotten_and_may_come_back(room: Room) -> None:
    await room.leavers.forget()
    assert room.reader.known == {"li", "zhao"}, "zhao's entry is about another station"
    room.named("li", "wang")
    room.reader.known.add("wang")
    await room.leavers.forget()
    room.named("li")
    assert "wang" in room.reader.known
    await room.leavers.forget()
    assert "wang" not in room.reader.known


async def test_an_old_snapshot_an_empty_roster_or_a_finger_that_is_read_forget_nobody(room: Room) -> None:
    room.snapshots.issued = NOW - FRESH - timedelta(seconds=1)
    await room.leavers.forget()
    room.snapshots.issued = NOW
    room.named()
    await room.leavers.forget()
    room.named("li")
    room.desk.reading = True
    await room.leavers.forget()
    assert room.reader.known == {"li", "wang", "zhao"}


async def test_a_reader_that_is_away_is_asked_again(room: Room) -> None:
    room.reader.there = False
    with pytest.raises(WorldError):
        await room.leavers.forget()
    room.reader.there = True
    await room.leavers.forget()
    assert "wang" not in room.reader.known
