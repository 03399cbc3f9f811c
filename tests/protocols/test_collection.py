"""The table of a bay's phases: what may follow what, and that nothing else moves."""

from __future__ import annotations

import itertools

import pytest

from zhilu.errors import CallerError
from zhilu.protocols.collection import BUSY, TABLE, TROUBLED, Event, Phase, step

DAY = [
    (Event.FOUND, Phase.GREETING),
    (Event.GREETED, Phase.WAITING),
    (Event.GREETED, Phase.WAITING),
    (Event.HANDED_OVER, Phase.COLLECTING),
    (Event.COLLECTED, Phase.UPLOADING),
    (Event.NOT_YET, Phase.STORED),
    (Event.NOT_YET, Phase.STORED),
    (Event.ALL_CLEARED, Phase.SAFE),
    (Event.GONE, Phase.CLEARED),
    (Event.AGAIN, Phase.EMPTY),
]


def test_a_whole_day() -> None:
    phase = Phase.EMPTY
    for event, after in DAY:
        phase = step(phase, event)
        assert phase is after


@pytest.mark.parametrize("phase", sorted(set(Phase) - {Phase.EMPTY, Phase.CLEARED}))
def test_a_recorder_may_be_pulled_out_at_any_time(phase: Phase) -> None:
    assert step(phase, Event.GONE) in (Phase.EMPTY, Phase.CLEARED)


@pytest.mark.parametrize("phase", sorted(BUSY | {Phase.GREETING}))
def test_troubles_may_come_at_any_step(phase: Phase) -> None:
    assert {step(phase, Event.FAIL), step(phase, Event.REFUSE)} == TROUBLED


def test_what_the_table_does_not_know_is_refused() -> None:
    for pair in set(itertools.product(Phase, Event)) - set(TABLE):
        with pytest.raises(CallerError) as caught:
            step(*pair)
        assert caught.value.code == "illegal-step"


def test_collecting_is_reached_by_a_handover_only() -> None:
    """Nothing is collected that was not handed over: now, or before the link was cut."""
    into = {event for (_, event), after in TABLE.items() if after is Phase.COLLECTING}
    assert into == {Event.HANDED_OVER, Event.RESUMED}
    assert {phase for (phase, event) in TABLE if event is Event.HANDED_OVER} == {Phase.WAITING}


def test_nobody_is_told_to_take_it_before_all_is_cleared() -> None:
    assert {event for (_, event), after in TABLE.items() if after is Phase.SAFE} == {Event.ALL_CLEARED}
