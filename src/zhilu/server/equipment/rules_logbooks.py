"""What of a recorder's lines enters the ledger, and what follows from it (pure; spec/absence.md §1, §3).

- Told is of each line of a listed type its number, type, time and the fields named there; nothing that a
  device wrote as free text.
- The counter steps as journal.md §3 says; where it does not, lines are missing: `counter`.
- A power-on is ended by the next power-on or by a shutdown. Without a recording till then: `not-recording`
  where it said why (in its dock it need not), else `boot`.
- A recording that is open when a power-on comes is lost, whatever comes after.
- A recording that follows one that broke off: nothing is recorded between them, `broken-off`.
- A refusal to clear belongs to the docking before it; one of `consistency` is mended where the recording is
  cleared in the same docking.
- Lines that do not follow those told before: `lines`. An end that the recorder did not sign: `unsigned`.
- A time after its entry, or long before it, is not believed: what it is about counts on the entry's day.

A neighbour's ledger is read by these too: a form that cannot be is refused, and whatever can be gives rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from zhilu.encoding import parse_time, uuid_bytes
from zhilu.errors import DataError
from zhilu.sealed.lines import MAX_LINE
from zhilu.sealed.logbook import CODE, CONSISTENCY, MOST_REFUSED, REFUSED
from zhilu.strictjson import FieldError, fields

TOLD: dict[str, dict[str, type]] = {
    "enrolled": {"counter": int},
    "boot": {"counter": int},
    "shutdown": {},
    "docked": {},
    "not-recording": {"reason": str},
    "recording-opened": {"counter": int, "id": str},
    "recording-closed": {"counter": int, "id": str, "minutes": int, "lines": int, "length": int},
    "recovered": {"counter": int, "id": str, "minutes": int, "lines": int, "length": int, "until": str},
    "cleared": {"id": str},
    REFUSED: {"reason": str},
}
CLOSED_BY = ("recording-closed", "recovered")
MOST_LINES, LONGEST = 150, 2 * MAX_LINE
"""Of an entry: lines, and bytes: the last line, whatever its length, beside as many as are told."""
MOST_LISTED = 1500
"""Recordings in an entry of a handover; more are more entries."""
COUNTER, BOOT, NOT_RECORDING, BROKEN_OFF, LINES, UNSIGNED = ABSENCES = (
    "counter", "boot", "not-recording", "broken-off", "lines", "unsigned",
)  # fmt: skip
IN_DOCK, OTHER = "in-dock", "other"
AHEAD, BEHIND = timedelta(minutes=10), timedelta(days=400)


def told(payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is told of a verified line; None of one that is not, or has not the fields of its type: that is a
    finding of whoever reads the logbook, and here a step of the counter."""
    kind = payload["type"]
    if kind not in TOLD:
        return None
    said = {name: payload.get(name) for name in ("n", "type", "at", *TOLD[kind])}
    if kind == REFUSED:
        said |= {"reason": payload.get("code")} | ({"id": payload["id"]} if payload.get("id") else {})
    if "reason" in said:
        said["reason"] = coded(said["reason"])
    follows = payload.get("follows")
    if kind == "recording-opened" and isinstance(follows, dict):
        said["follows"] = follows.get("until")
    try:
        return read(said, payload["n"], payload["n"])
    except (DataError, FieldError):
        return None


def coded(reason: Any) -> str:
    """A device's reason as an entry may say it: a code, or that it was another."""
    return reason if isinstance(reason, str) and CODE.fullmatch(reason) else OTHER


def read(one: Any, first: int, last: int) -> dict[str, Any]:
    """Checks one of `told` of lines `first` to `last`; FieldError, DataError."""
    if not isinstance(one, dict) or one.get("type") not in TOLD:
        raise FieldError("told")
    fields(one, {"n": int, "at": str} | TOLD[one["type"]])
    numbers = [one[name] for name in ("n", "counter", "minutes", "lines", "length") if name in one]
    if not first <= one["n"] <= last or min(numbers) < 0:
        raise FieldError("told")
    for name in ("at", "until", "follows"):
        if name in one:
            parse_time(fields(one, {name: str})[name])
    if "id" in one:
        uuid_bytes(one["id"])
    return one


def check_follows(first: int, last: int, held: int) -> None:
    """`held`: the last line told before, -1 where none was."""
    if first != held + 1 or not first <= last < first + MOST_LINES:
        raise DataError("logbook-told", "The lines do not follow those that were entered before.")


def believed(at: datetime, told_at: datetime) -> bool:
    return told_at - BEHIND <= at <= told_at + AHEAD


@dataclass(frozen=True)
class Absence:
    """`since`: None where nobody can know."""

    line: int
    kind: str
    reason: str
    since: datetime | None
    until: datetime
    docked: bool = False
    """Of a power-on: it was docked in it."""


@dataclass(frozen=True)
class Refusal:
    """To clear. `docked`: number of the `docked` line of its docking, None where none was told."""

    line: int
    docked: int | None
    code: str
    at: datetime


@dataclass
class Unfolded:
    """What lines say: `lost`: id → when the power-on came; `mended`: numbers of lines that refused what was
    cleared after all."""

    opened: list[dict[str, Any]] = field(default_factory=list)
    closed: list[dict[str, Any]] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    absences: list[Absence] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    mended: list[int] = field(default_factory=list)

    def absence(
        self, line: Mapping[str, Any], kind: str, since: str, reason: str = "", docked: bool = False
    ) -> None:
        start, until = parse_time(since) if since else None, parse_time(line["at"])
        self.absences.append(Absence(line["n"], kind, reason, start, until, docked))


@dataclass
class State:
    """What the next lines go on from. `boot_at`: of a power-on that has recorded nothing yet; `reason`: what
    it said why; `docked`: the number of the newest `docked` line, `was_docked`: one of this power-on;
    `waits`: id → line of that docking that refused its receipt, which a clearing mends."""

    counter: int | None = None
    counted_at: str = ""
    boot_at: str = ""
    reason: str = ""
    open: list[str] = field(default_factory=list)
    docked: int | None = None
    was_docked: bool = False
    waits: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> State:
        return cls(**deepcopy(dict(kept))) if kept else cls()

    def take(self, lines: Sequence[Mapping[str, Any]]) -> Unfolded:
        found = Unfolded()
        for one in lines:
            if "counter" in one:
                self._count(one, found)
            self._take(one, found)
        return found

    def _count(self, one: Mapping[str, Any], found: Unfolded) -> None:
        before, since = self.counter, self.counted_at
        self.counter, self.counted_at = one["counter"], one["at"]
        if before is None or one["counter"] == before + 1 + one.get("minutes", 0):
            return
        # The minutes of a recovered journal are there up to its last signed time.
        found.absence(one, COUNTER, one.get("until", since))

    def _take(self, one: Mapping[str, Any], found: Unfolded) -> None:
        match one["type"]:
            case "boot":
                self._power_went(one, found)
                found.lost |= dict.fromkeys(self.open, one["at"])
                self.open, self.boot_at, self.was_docked = [], one["at"], False
            case "shutdown":
                self._power_went(one, found)
            case "docked":
                self.docked, self.was_docked, self.waits = one["n"], True, {}
            case "clearing-refused":
                self._refused(one, found)
            case "not-recording":
                self.reason = one["reason"][:64]
            case "recording-opened":
                self._opened(one, found)
            case "recording-closed" | "recovered":
                self.open = [id_ for id_ in self.open if id_ != one["id"]]
                found.closed.append(dict(one))
            case "cleared":
                found.cleared.append(one["id"])
                if one["id"] in self.waits:
                    found.mended.append(self.waits.pop(one["id"]))

    def _refused(self, one: Mapping[str, Any], found: Unfolded) -> None:
        refusal = Refusal(one["n"], self.docked, one["reason"][:64], parse_time(one["at"]))
        found.refusals.append(refusal)
        if refusal.code == CONSISTENCY and "id" in one and len(self.waits) < MOST_REFUSED:
            self.waits[one["id"]] = one["n"]

    def _opened(self, one: Mapping[str, Any], found: Unfolded) -> None:
        if self.reason:
            self._power_went(one, found)  # it could record again: till here it did not
        self.boot_at = self.reason = ""
        if "follows" in one:
            found.absence(one, BROKEN_OFF, one["follows"])
        self.open.append(one["id"])
        found.opened.append(dict(one))

    def _power_went(self, one: Mapping[str, Any], found: Unfolded) -> None:
        since, reason = self.boot_at, self.reason
        self.boot_at = self.reason = ""
        if since and reason != IN_DOCK:
            found.absence(one, NOT_RECORDING if reason else BOOT, since, reason, self.was_docked)
