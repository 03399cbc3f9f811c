"""Both tables of a docking at once, under whatever can happen in whatever order (spec/docking.md §2, §5).

The recorder is the real `DockState`, the bay the real `collection.step`; station, county, another station and
time are played here. What must hold: nothing is collected before a handover that held, nothing is cleared
before the county has stored it, nobody is told `safe to take` before all is cleared, and no event that can
come meets a phase that does not know it (`illegal-step` would end the run).
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from zhilu.errors import CallerError
from zhilu.protocols.collection import BUSY, Event, Phase, step
from zhilu.protocols.docking_recorder import (
    GREETED,
    GREETING_S,
    IDLE,
    OPEN,
    RESUME_S,
    DockState,
    Greeting,
)

OURS, OTHER = "aa" * 32, "bb" * 32
RECORDINGS = frozenset({1, 2})
PASSES = st.sampled_from([1.0, RESUME_S, RESUME_S + 1, GREETING_S, GREETING_S + 1])


class Docking(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.dock, self.phase = DockState(), Phase.EMPTY
        self.handed: str | None = None
        """Whose handover held, by the recorder's own word; None once it is over."""
        self.alone_s: float | None = None
        """Since when nobody has been on the line of an open docking."""
        self.spool: set[int] = set()
        self.stored: set[int] = set()
        self.cosigned: set[int] = set()
        self.cleared: set[int] = set()

    def event(self, event: Event) -> None:
        self.phase = step(self.phase, event)

    def hello(self, who: str) -> None:
        self.dock.hello(Greeting(who, b"s" * 32, b"r" * 32, self.now_s))
        self.handed = self.alone_s = None

    def hangs_up(self) -> None:
        self.dock.disconnected(self.now_s)
        if self.handed and self.alone_s is None:
            self.alone_s = self.now_s

    def refused(self, call: str, who: str = OURS) -> str:
        """The code of the recorder's refusal, or ""."""
        try:
            getattr(self.dock, call)(who, self.now_s)
        except CallerError as error:
            return error.code
        if call in ("collect", "store"):
            self.alone_s = None
        return ""

    @rule(steps=st.integers(1, 7), cosigned=st.booleans())
    def goes_well(self, steps: int, cosigned: bool) -> None:
        """As on most days: else chance alone would hardly ever come to the end."""
        for _ in range(steps):
            self.next_step(cosigned)

    def next_step(self, cosigned: bool) -> None:
        match self.phase:
            case Phase.EMPTY | Phase.CLEARED:
                self.is_put_in()
            case Phase.GREETING:
                self.greets()
            case Phase.WAITING:
                self.hello(OURS)
                self.hands_over(holds=True)
            case Phase.COLLECTING:
                self.collects()
            case Phase.UPLOADING | Phase.STORED:
                self.stored |= self.spool
                self.cosigned |= self.stored if cosigned else set()
                left = RECORDINGS - self.cleared
                self.brings_a_receipt(min(left)) if left else self.dismisses()
            case Phase.SAFE:
                self.is_pulled_out()
            case _:
                self.is_tried_again()

    # The world.

    @precondition(lambda self: self.phase in (Phase.EMPTY, Phase.CLEARED))
    @rule()
    def is_put_in(self) -> None:
        if self.cleared == RECORDINGS:
            for day in (self.spool, self.stored, self.cosigned, self.cleared):
                day.clear()
        self.event(Event.FOUND)

    @precondition(lambda self: self.phase not in (Phase.EMPTY, Phase.CLEARED))
    @rule()
    def is_pulled_out(self) -> None:
        self.hangs_up()
        self.event(Event.GONE)

    @precondition(lambda self: self.phase in BUSY | {Phase.GREETING})
    @rule(event=st.sampled_from([Event.FAIL, Event.REFUSE]))
    def goes_wrong(self, event: Event) -> None:
        self.hangs_up()
        self.event(event)

    @precondition(lambda self: self.phase in (Phase.FAULT, Phase.REFUSED, Phase.CLEARED))
    @rule()
    def is_tried_again(self) -> None:
        self.event(Event.AGAIN)

    @rule(seconds=PASSES)
    def time_passes(self, seconds: float) -> None:
        self.now_s += seconds
        if self.alone_s is not None and self.now_s - self.alone_s > RESUME_S:
            self.handed = self.alone_s = None

    @rule()
    def is_switched_off_and_on(self) -> None:
        """The recorder; what it holds it still holds, its greeting and handover are gone."""
        self.dock, self.handed, self.alone_s = DockState(), None, None

    @precondition(lambda self: self.spool - self.stored)
    @rule()
    def the_county_stores_one(self) -> None:
        self.stored.add(min(self.spool - self.stored))

    @precondition(lambda self: self.stored - self.cosigned)
    @rule()
    def the_ledger_is_cosigned(self) -> None:
        self.cosigned |= self.stored

    # Our station.

    @precondition(lambda self: self.phase in (Phase.GREETING, Phase.WAITING))
    @rule()
    def greets(self) -> None:
        """First it looks whether the handover that was cut off still stands."""
        if self.phase is Phase.GREETING and not self.refused("collect"):
            self.event(Event.RESUMED)
        else:
            self.hello(OURS)
            self.event(Event.GREETED)

    @precondition(lambda self: self.phase is Phase.WAITING)
    @rule()
    def brings_newer_entries(self) -> None:
        before = self.dock.state(self.now_s)
        assert self.refused("entries") in ("", "nonce", "no-handover")
        assert self.dock.state(self.now_s) == before, "entries move nothing"

    @precondition(lambda self: self.phase is Phase.WAITING)
    @rule(holds=st.booleans())
    def hands_over(self, holds: bool) -> None:
        try:
            greeting = self.dock.take_greeting(OURS, self.now_s)
        except CallerError as error:
            assert error.code in ("not-greeted", "nonce")
            return
        assert self.dock.state(self.now_s) == IDLE, "its nonces are spent"
        if holds:
            self.dock.opened(greeting)
            self.handed = OURS
            self.event(Event.HANDED_OVER)

    @precondition(lambda self: self.phase is Phase.COLLECTING)
    @rule()
    def collects(self) -> None:
        if self.refused("collect"):
            self.event(Event.ENDED)
            return
        assert self.handed == OURS, "collected without a handover that held"
        left = RECORDINGS - self.cleared - self.spool
        if left:
            self.spool.add(min(left))
        else:
            self.event(Event.COLLECTED)

    @precondition(lambda self: self.phase in (Phase.UPLOADING, Phase.STORED))
    @rule(recording=st.sampled_from(sorted(RECORDINGS)))
    def brings_a_receipt(self, recording: int) -> None:
        if self.refused("store"):
            self.event(Event.ENDED)
        elif recording in self.cosigned:
            assert self.handed == OURS
            self.cleared.add(recording)
        elif recording in self.stored:
            self.event(Event.NOT_YET)

    @precondition(lambda self: self.phase in (Phase.UPLOADING, Phase.STORED) and self.cleared == RECORDINGS)
    @rule()
    def dismisses(self) -> None:
        self.refused("undock")
        self.handed = self.alone_s = None
        self.event(Event.ALL_CLEARED)

    # Another station of the bureau, with a certificate that holds.

    @rule(call=st.sampled_from(["collect", "store", "entries", "undock", "take_greeting"]))
    def a_stranger_asks(self, call: str) -> None:
        before, mine = self.dock.state(self.now_s), self.handed
        code = self.refused(call, OTHER)
        if call in ("collect", "store"):
            assert code == "no-handover", "no handover of his can hold: the bay is not his"
        if mine == OURS:
            assert self.dock.state(self.now_s) == before == OPEN, "it ended nothing of ours"

    @rule()
    def a_stranger_greets(self) -> None:
        """Nobody can stop him; ours is told at its next step and greets again."""
        self.hello(OTHER)

    # What must hold.

    @invariant()
    def nothing_is_cleared_before_it_is_stored(self) -> None:
        assert self.cleared <= self.cosigned <= self.stored <= self.spool

    @invariant()
    def open_is_a_handover_that_held(self) -> None:
        assert (self.dock.state(self.now_s) == OPEN) == (self.handed is not None)

    @invariant()
    def safe_to_take_is_said_of_an_empty_recorder_only(self) -> None:
        assert self.phase is not Phase.SAFE or self.cleared == RECORDINGS

    @invariant()
    def without_a_handover_the_recorder_gives_nothing(self) -> None:
        state = self.dock.state(self.now_s)
        if state in (IDLE, GREETED):
            for who in (OURS, OTHER):
                assert {self.refused("collect", who), self.refused("store", who)} == {"no-handover"}


TestDocking = Docking.TestCase
TestDocking.settings = settings(
    max_examples=120,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
