"""spec/absence.md: what lines tell, and what may be said to be absent. No database."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from zhilu import strictjson
from zhilu.errors import DataError
from zhilu.sealed.lines import MAX_LINE
from zhilu.server.equipment import rules_logbooks as lines
from zhilu.server.equipment.events_logbooks import LogbookHeld
from zhilu.server.evidence.rules_gaps import LONGEST_US, MOST, Gaps
from zhilu.server.evidence.rules_measured import MOST_MARKS, Measured, read_marks, read_stretches
from zhilu.server.oversight import rules
from zhilu.server.oversight.rules import Handed, Logged, Stored, Verdict
from zhilu.strictjson import FieldError

NOON = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
ONE, TWO = "01930000-0000-7000-8000-000000000001", "01930000-0000-7000-8000-000000000002"


def at(minutes: float) -> str:
    return (NOON + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Book:
    """Told lines, each a minute after the one before; the counter steps as it must."""

    def __init__(self) -> None:
        self.n, self.counter = -1, 0
        self.told: list[dict[str, Any]] = []

    def line(self, kind: str, **more: Any) -> Book:
        self.n += 1
        if "counter" in lines.TOLD[kind] and "counter" not in more:
            self.counter += kind != "enrolled"
            self.counter += more.get("minutes", 0)
            more["counter"] = self.counter
        self.told.append({"n": self.n, "type": kind, "at": at(self.n), **more})
        return self

    def closed(self, id_: str = ONE, minutes: int = 0, lines: int = 3, **more: Any) -> Book:
        return self.line("recording-closed", id=id_, minutes=minutes, lines=lines, length=9, **more)

    def absences(self) -> list[tuple[int, str, str, str]]:
        found = lines.State().take([lines.read(one, 0, self.n) for one in self.told]).absences
        return [(one.line, one.kind, _minute(one.since), _minute(one.until)) for one in found]

    def unfolded(self) -> lines.Unfolded:
        return lines.State().take([lines.read(one, 0, self.n) for one in self.told])


def _minute(moment: datetime | None) -> str:
    return "" if moment is None else str(int((moment - NOON).total_seconds() // 60))


def day() -> Book:
    """Enrolled, switched on, one recording of two minutes, switched off."""
    book = Book().line("enrolled").line("boot").line("recording-opened", id=ONE)
    return book.closed(minutes=2).line("shutdown")


def test_as_many_lines_as_an_entry_has_and_the_longest_line_fit_into_it() -> None:
    most, number = 2**53 - 1, lines.MOST_LINES
    for kind in lines.TOLD:
        said = dict.fromkeys(("n", "counter", "minutes", "lines", "length"), most)
        said |= {"type": kind, "reason": "x" * 64, "id": ONE, "until": at(0), "follows": {"until": at(0)}}
        one = lines.told(said | {"at": at(0)})
        assert one is not None
        event = LogbookHeld("A" * 43, most, most, "x" * MAX_LINE, [one] * number)
        assert len(strictjson.dumps(vars(event))) <= lines.LONGEST, kind


def test_an_honest_day_lacks_nothing() -> None:
    assert day().line("boot").line("recording-opened", id=TWO).closed(TWO).absences() == []


def test_a_line_that_was_cut_out_is_a_step_of_the_counter() -> None:
    book = day().line("boot").line("recording-opened", id=TWO).closed(TWO)
    del book.told[5]  # the power-on
    assert book.absences() == [(6, "counter", "3", "6")]


def test_minutes_that_were_cut_off_a_recovered_recording_are_seen_from_its_last_signed_time() -> None:
    book = Book().line("enrolled").line("boot").line("recording-opened", id=ONE).line("boot")
    book.line("recovered", id=ONE, minutes=1, lines=4, length=9, until=at(2.5), counter=8)
    assert book.absences() == [(4, "counter", "2", "4")]


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        (None, [(5, "boot", "5", "6")]),
        ("camera", [(5, "not-recording", "5", "7")]),
        ("in-dock", []),
    ],
)
def test_a_power_on_records_or_says_why_not(reason: str | None, found: list[Any]) -> None:
    book = day().line("boot")
    if reason:
        book.line("not-recording", reason=reason)
    book.line("shutdown")
    expected = [(book.n, *one[1:]) for one in found]
    assert book.absences() == expected


def test_a_recorder_that_can_record_again_lacked_only_the_time_till_then() -> None:
    book = day().line("boot").line("not-recording", reason="camera").line("recording-opened", id=TWO)
    assert book.absences() == [(7, "not-recording", "5", "7")]


def test_between_a_recording_that_broke_off_and_the_next_nothing_is_recorded() -> None:
    book = Book().line("enrolled").line("boot").line("recording-opened", id=ONE).closed()
    book.line("recording-opened", id=TWO, follows=at(2.5))
    assert book.absences() == [(4, "broken-off", "2", "4")]


def test_what_is_open_when_power_comes_is_lost_also_where_it_is_told_in_parts() -> None:
    first = Book().line("enrolled").line("boot").line("recording-opened", id=ONE)
    state = lines.State()
    assert state.take(first.told).lost == {}
    kept = lines.State.of(vars(state))
    assert kept.take(first.line("boot").told[3:]).lost == {ONE: at(3)}


@pytest.mark.parametrize(
    "change",
    [
        {"n": 9}, {"n": True}, {"counter": -1}, {"counter": "1"}, {"at": "today"}, {"type": "battery"},
        {"id": "x"}, {"follows": 7}, {"follows": "later"},
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(change: dict[str, Any]) -> None:
    good = {"n": 4, "type": "recording-opened", "at": at(0), "counter": 1, "id": ONE}
    assert lines.read(good, 4, 4) == good
    with pytest.raises(DataError):
        lines.read(good | change, 4, 4)


def test_of_a_line_without_the_fields_of_its_type_nothing_is_told() -> None:
    good = {"n": 4, "type": "boot", "at": at(0), "counter": 1, "software": "zhilu", "prev": "0" * 64}
    assert lines.told(good) == {"n": 4, "type": "boot", "at": at(0), "counter": 1}
    assert lines.told(good | {"counter": "one"}) is None
    assert lines.told(good | {"type": "battery"}) is None


def test_lines_are_told_one_after_the_other() -> None:
    lines.check_follows(5, 5 + lines.MOST_LINES - 1, 4)
    for first, last, held in ((5, 9, 5), (6, 9, 4), (5, 4, 4), (5, 5 + lines.MOST_LINES, 4)):
        with pytest.raises(DataError):
            lines.check_follows(first, last, held)


def test_of_many_gaps_the_longest_are_told_in_their_order_and_all_are_counted() -> None:
    gaps = Gaps()
    for place in range(1000):
        length = 10_000 if place % 10 == 3 else place
        gaps.take({"from_us": place * 10**6, "to_us": place * 10**6 + length, "reason": "camera"})
    assert (gaps.count, len(gaps.longest)) == (1000, MOST)
    assert [gap["from_us"] // 10**6 for gap in gaps.longest] == list(range(3, 1000, 10))
    assert gaps.total_us == 100 * 10_000 + sum(n for n in range(1000) if n % 10 != 3)


# -- what is absent

DUE = NOON + timedelta(hours=24)
ERASED = Logged(NOON, NOON, 7, NOON, 3, cleared=True)
CLOSED = Logged(NOON, NOON, closed_line=7, closed_at=NOON, lines=3, length=9)
STORED = Stored(3, 9)
OPEN = Logged(NOON, NOON)
HANDED = Handed(NOON - timedelta(days=3650), NOON)


@pytest.mark.parametrize(
    ("logged", "handed", "stored", "docked", "verdict"),
    [
        (CLOSED, HANDED, STORED, 7, Verdict(True, True, True)),
        (CLOSED, HANDED, Stored(3, 8), 7, Verdict(True, True, True, "closed-as")),
        (CLOSED, None, Stored(2, 9), 7, Verdict(True, False, True, "closed-as")),
        (OPEN, HANDED, STORED, 7, Verdict(True, True, True, "closed-as")),
        (CLOSED, HANDED, None, 7, Verdict(True, True, False, "not-stored", DUE)),
        (CLOSED, None, None, 7, Verdict(True, False, False, "not-collected")),
        (CLOSED, None, None, 6, Verdict(True, False, False, "not-handed", DUE)),
        (CLOSED, None, STORED, 7, Verdict(True, False, True, "unhanded")),
        (ERASED, HANDED, None, 9, Verdict(True, True, False, "cleared")),
        (Logged(NOON, NOON, 7, NOON, 0), None, None, 9, Verdict()),
        (OPEN, None, None, 9, Verdict()),
        (Logged(NOON, NOON, lost_at=NOON), None, None, 9, Verdict(True, False, False, "unclosed")),
        (None, None, STORED, 9, Verdict(False, False, True, "unlogged")),
        (None, HANDED, STORED, 9, Verdict(False, True, True, "unlogged")),
        (None, HANDED, None, 9, Verdict(False, True, False, "unlined", DUE)),
    ],
)  # fmt: skip
def test_each_recording_is_judged_by_what_is_known_of_it(
    logged: Logged | None, handed: Handed | None, stored: Stored | None, docked: int, verdict: Verdict
) -> None:
    """Due by the entries' times: a handover dated ten years back is due no earlier."""
    assert rules.judge(logged, handed, stored, docked) == verdict


def test_every_hole_has_a_rule() -> None:
    from zhilu.server.pages.words_absence import KINDS

    assert set(KINDS) == {*rules.HOLES, *rules.NOTES}
    assert set(lines.ABSENCES) <= set(KINDS)


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ((5, 5, 0, 0, 0, 0), "complete"), ((5, 4, 1, 1, 1, 1), "hole"), ((5, 4, 0, 1, 1, 1), "note"),
        ((5, 4, 0, 1, 0, 1), "under-way"), ((5, 5, 0, 0, 0, 1), "unknown"), ((0, 0, 0, 0, 0, 0), "nothing"),
        ((0, 0, 0, 0, 0, 3), "unknown"),
    ],
)  # fmt: skip
def test_a_day_is_complete_only_where_nothing_is_missing_or_unknown(counts: Any, state: str) -> None:
    assert rules.state(*counts) == state


def test_a_length_that_cannot_be_adds_nothing() -> None:
    assert rules.length_s(NOON, NOON + timedelta(hours=2)) == 7200
    assert rules.length_s(NOON, NOON - timedelta(hours=2)) == 0
    assert rules.length_s(NOON, NOON + timedelta(days=3650)) == 0
    assert rules.length_s(NOON, None) == 0


def test_a_refusal_to_clear_belongs_to_its_docking_and_a_lost_answer_is_mended() -> None:
    book = day().line("docked").line("clearing-refused", reason="consistency", id=ONE).line("cleared", id=ONE)
    book.line("clearing-refused", reason="rollback", id=TWO).line("docked")
    book.line("clearing-refused", reason="consistency", id=TWO).line("docked").line("cleared", id=TWO)
    book.line("clearing-refused", reason="receipt-recording")
    found = book.unfolded()
    said = [(one.line, one.docked, one.code) for one in found.refusals]
    assert said == [
        (6, 5, "consistency"),
        (8, 5, "rollback"),
        (10, 9, "consistency"),
        (13, 11, "receipt-recording"),
    ]
    assert found.mended == [6]
    other = day().line("docked").line("clearing-refused", reason="rollback", id=ONE).line("cleared", id=ONE)
    assert not other.unfolded().mended, "only an answer that got lost is mended"
    # Entry by entry it is the same.
    state, again = lines.State(), lines.Unfolded()
    for one in book.told:
        state = lines.State.of(asdict(state))
        got = state.take([one])
        again.refusals += got.refusals
        again.mended += got.mended
    assert (again.refusals, again.mended) == (found.refusals, found.mended)


def test_what_is_told_of_a_refusal() -> None:
    line = {"n": 7, "type": "clearing-refused", "at": at(0), "id": None, "code": "rollback"}
    assert lines.told(line) == {"n": 7, "type": "clearing-refused", "at": at(0), "reason": "rollback"}
    assert lines.told(line | {"id": ONE, "code": "Text of a device"}) == {
        "n": 7, "type": "clearing-refused", "at": at(0), "reason": "other", "id": ONE,
    }  # fmt: skip


def test_lines_without_end_leave_a_small_state() -> None:
    book = Book().line("docked")
    for number in range(300):
        id_ = f"01930000-0000-7000-8000-{number:012d}"
        book.line("clearing-refused", reason="consistency", id=id_)
    state = lines.State()
    state.take(book.told)
    assert len(state.waits) == 100


def test_a_power_on_in_the_dock_is_told_as_such() -> None:
    book = Book().line("enrolled").line("boot").line("docked").line("shutdown").line("boot").line("shutdown")
    assert [(one.kind, one.docked) for one in book.unfolded().absences] == [("boot", True), ("boot", False)]


def measured(*payloads: dict[str, Any]) -> Measured:
    found = Measured()
    for one in payloads:
        found.take(one)
    return found


def mark(us: int) -> dict[str, Any]:
    return {"type": "mark", "pts_us": us}


def test_few_marks_are_told_as_they_are_and_each_moment_once() -> None:
    found = measured(mark(7), mark(3), mark(7), mark(10**15), {"type": "segment"})
    assert found.marks == [3, 7, LONGEST_US] and found.mark_count == 4


def test_many_marks_are_thinned_where_they_are_thick() -> None:
    alone = [10**9, 2 * 10**9, 3 * 10**9]
    found = measured(*(mark(us) for us in range(0, 200_000_000, 50_000)), *map(mark, alone))
    assert len(found.marks) <= MOST_MARKS and found.marks[-3:] == alone and found.mark_count == 4003
    assert {b - a for a, b in pairwise(found.marks[:-3])} == {10**6}
    assert measured(*(mark(s * 10**6) for s in range(4000))).marks == [s * 10**6 for s in range(0, 4000, 4)]


def test_black_and_silent_are_told_apart_the_longest_of_each() -> None:
    lines = [
        {"type": "quality", "reason": "black", "from_us": us * 10, "to_us": us * 11} for us in range(150)
    ]
    silent = {"type": "quality", "reason": "silent", "from_us": 5, "to_us": 3}
    found = measured(*lines, silent, {"type": "quality", "reason": "other", "from_us": 0, "to_us": 9})
    assert (found.stretches["black"].count, found.stretches["black"].total_us) == (150, sum(range(150)))
    assert found.longest("black") == [[us * 10, us * 11] for us in range(50, 150)]
    assert found.longest("silent") == [[5, 5]]
    assert not measured({"type": "minute"}).marks and measured({"type": "minute"}).is_empty


@pytest.mark.parametrize("marks", [[-1], [1.0], ["1"], [True], [LONGEST_US + 1], list(range(MOST_MARKS + 1))])
def test_marks_of_an_entry_that_cannot_be_are_refused(marks: list[Any]) -> None:
    with pytest.raises(FieldError):
        read_marks(marks)


@pytest.mark.parametrize(
    "one", [[2, 1], [1], [1, 2, 3], {"from_us": 1}, "12", [-1, 2], [1, LONGEST_US + 1], None]
)
def test_stretches_of_an_entry_that_cannot_be_are_refused(one: Any) -> None:
    with pytest.raises(FieldError):
        read_stretches("black", [one])
    with pytest.raises(FieldError):
        read_stretches("black", [[1, 2]] * (MOST + 1))
