"""What a bay of the station is doing, as a table (spec/docking.md §5, §6), without I/O.

A phase is what the officer is told; an event is what happened. An event that the table does not know for a
phase is a defect of the program: it raises and moves nothing.

    may he take it?   phase
    -                 empty             nothing listens on the bay's link
    no                greeting          something does: TLS, hello, checks
    no                waiting-officer   for the officer's security key
    no                collecting        ciphertext and lines on their way into the spool
    yes, not cleared  uploading         all is in the spool; the county stores it; receipts come back
    yes, not cleared  stored            the county has it, but the ledger's cosignatures are missing
    yes               safe-to-take      every recording cleared, the recorder dismissed
    -                 cleared           taken out after that; shown for a minute
    yes               refused           not of this bay: nothing was given, nothing was taken
    no                fault             something went wrong; it is tried again

`gone` may come at any time: people pull devices out. What is in the spool is uploaded all the same.
"""

from __future__ import annotations

from enum import StrEnum

from zhilu.errors import CallerError


class Phase(StrEnum):
    EMPTY = "empty"
    GREETING = "greeting"
    WAITING = "waiting-officer"
    COLLECTING = "collecting"
    UPLOADING = "uploading"
    STORED = "stored"
    SAFE = "safe-to-take"
    CLEARED = "cleared"
    REFUSED = "refused"
    FAULT = "fault"


TROUBLED = frozenset({Phase.REFUSED, Phase.FAULT})
BUSY = frozenset({Phase.WAITING, Phase.COLLECTING, Phase.UPLOADING, Phase.STORED})
"""A docking is going on."""


class Event(StrEnum):
    FOUND = "found"
    """Something listens on the link."""
    GREETED = "greeted"
    """The hello and the station's checks held."""
    REFUSE = "refuse"
    """A foreign, revoked or misplaced device."""
    RESUMED = "resumed"
    """The recorder still holds the handover that was cut off."""
    HANDED_OVER = "handed-over"
    """The recorder has written `docked`."""
    COLLECTED = "collected"
    NOT_YET = "not-yet"
    """Receipts come, but without the cosignatures that the recorder demands."""
    ALL_CLEARED = "all-cleared"
    ENDED = "ended"
    """The recorder has forgotten the handover (it was away too long)."""
    FAIL = "fail"
    GONE = "gone"
    AGAIN = "again"
    """Time to try once more, or to forget."""


TABLE: dict[tuple[Phase, Event], Phase] = {
    (Phase.EMPTY, Event.FOUND): Phase.GREETING,
    (Phase.CLEARED, Event.FOUND): Phase.GREETING,
    (Phase.CLEARED, Event.AGAIN): Phase.EMPTY,
    (Phase.REFUSED, Event.AGAIN): Phase.GREETING,
    (Phase.FAULT, Event.AGAIN): Phase.GREETING,
    (Phase.GREETING, Event.GREETED): Phase.WAITING,
    (Phase.GREETING, Event.RESUMED): Phase.COLLECTING,
    (Phase.WAITING, Event.GREETED): Phase.WAITING,
    (Phase.WAITING, Event.HANDED_OVER): Phase.COLLECTING,
    (Phase.COLLECTING, Event.COLLECTED): Phase.UPLOADING,
    (Phase.UPLOADING, Event.NOT_YET): Phase.STORED,
    (Phase.STORED, Event.NOT_YET): Phase.STORED,
    (Phase.UPLOADING, Event.ALL_CLEARED): Phase.SAFE,
    (Phase.STORED, Event.ALL_CLEARED): Phase.SAFE,
    (Phase.SAFE, Event.GONE): Phase.CLEARED,
    **{(phase, Event.ENDED): Phase.GREETING for phase in BUSY},
    **{
        (phase, event): to
        for event, to in ((Event.REFUSE, Phase.REFUSED), (Event.FAIL, Phase.FAULT), (Event.GONE, Phase.EMPTY))
        for phase in BUSY | {Phase.GREETING}
    },
    (Phase.REFUSED, Event.GONE): Phase.EMPTY,
    (Phase.FAULT, Event.GONE): Phase.EMPTY,
}


def step(phase: Phase, event: Event) -> Phase:
    """The phase after; CallerError `illegal-step` where the table has none."""
    try:
        return TABLE[phase, event]
    except KeyError:
        raise CallerError("illegal-step", phase=phase, event=event) from None
