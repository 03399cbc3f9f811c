"""The table of spec/docking.md §2, read left to right: each state with each step."""

import pytest

from zhilu.errors import CallerError
from zhilu.protocols.docking_recorder import (
    GREETED,
    GREETING_S,
    IDLE,
    OPEN,
    RESUME_S,
    TABLE,
    DockState,
    Greeting,
)

STATION, OTHER = "aa" * 32, "bb" * 32


def greeting(at_s=0.0, station=STATION):
    return Greeting(station, b"s" * 32, b"r" * 32, at_s)


def dock(state):
    """A dock in that state, at second 0."""
    made = DockState()
    if state in (GREETED, OPEN):
        made.hello(greeting())
    if state == OPEN:
        made.opened(made.take_greeting(STATION, 0))
    assert made.state(0) == state
    return made


STEPS = {
    "hello": lambda dock, who: dock.hello(greeting(1.0, who)),
    "handover": lambda dock, who: dock.opened(dock.take_greeting(who, 1.0)),
    "entries": lambda dock, who: dock.entries(who, 1.0),
    "collect": lambda dock, who: dock.collect(who, 1.0),
    "store": lambda dock, who: dock.store(who, 1.0),
    "undock": lambda dock, who: dock.undock(who, 1.0),
}

# The spec's table, written down a second time on purpose.
WANTED = {
    IDLE: (GREETED, "not-greeted", "no-handover", "no-handover", "no-handover", IDLE),
    GREETED: (GREETED, OPEN, GREETED, "no-handover", "no-handover", IDLE),
    OPEN: (GREETED, "already-open", OPEN, OPEN, OPEN, IDLE),
}


def test_the_table_is_whole():
    assert set(TABLE) == {(state, step) for state in WANTED for step in STEPS}


@pytest.mark.parametrize("state", WANTED)
@pytest.mark.parametrize("step", STEPS)
def test_each_state_with_each_step(state, step):
    wanted = WANTED[state][list(STEPS).index(step)]
    made = dock(state)
    if wanted in WANTED:
        STEPS[step](made, STATION)
        assert made.state(1) == wanted
    else:
        with pytest.raises(CallerError) as refused:
            STEPS[step](made, STATION)
        assert refused.value.code == wanted and made.state(1) == state, "a refused step moves nothing"


@pytest.mark.parametrize("state", [GREETED, OPEN])
@pytest.mark.parametrize("step", STEPS)
def test_to_another_station_the_recorder_is_idle(state, step):
    made, wanted = dock(state), WANTED[IDLE][list(STEPS).index(step)]
    if wanted in WANTED:
        STEPS[step](made, OTHER)
    else:
        with pytest.raises(CallerError) as refused:
            STEPS[step](made, OTHER)
        assert refused.value.code == wanted
    assert made.state(1) == (GREETED if step == "hello" else state)


def test_a_greeting_is_taken_once_whatever_comes_of_it():
    made = dock(GREETED)
    made.take_greeting(STATION, 1)
    with pytest.raises(CallerError) as refused:
        made.take_greeting(STATION, 1)
    assert refused.value.code == "not-greeted"


@pytest.mark.parametrize(("age", "wanted"), [(GREETING_S, None), (GREETING_S + 0.001, "nonce")])
def test_a_greeting_lasts_two_minutes(age, wanted):
    made = dock(GREETED)
    if wanted is None:
        assert made.take_greeting(STATION, age) == greeting()
    else:
        with pytest.raises(CallerError) as refused:
            made.take_greeting(STATION, age)
        assert refused.value.code == wanted and made.state(age) == IDLE


def test_entries_are_taken_as_long_as_the_greeting_lasts():
    made = dock(GREETED)
    made.entries(STATION, GREETING_S)
    with pytest.raises(CallerError) as refused:
        made.entries(STATION, GREETING_S + 0.001)
    assert refused.value.code == "nonce" and made.state(GREETING_S) == GREETED
    dock(OPEN).entries(STATION, 10 * GREETING_S)


def test_open_outlives_the_link_by_a_minute_and_no_longer():
    made = dock(OPEN)
    made.disconnected(100)
    made.disconnected(150)
    assert made.state(100 + RESUME_S) == OPEN
    made.collect(STATION, 100 + RESUME_S)
    assert made.state(10_000) == OPEN, "the station came back"
    made.disconnected(10_000)
    assert made.state(10_000 + RESUME_S + 1) == IDLE
    with pytest.raises(CallerError):
        made.collect(STATION, 10_000 + RESUME_S + 2)


def test_undocking_says_whether_it_ended_anything():
    assert dock(OPEN).undock(STATION, 1) is True
    assert dock(OPEN).undock(OTHER, 1) is False
    assert dock(GREETED).undock(STATION, 1) is False
    assert dock(IDLE).undock(STATION, 1) is False
