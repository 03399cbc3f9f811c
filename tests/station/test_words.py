"""Words at the kiosk: what becomes of statements and assignments. County, snapshot and reader are played."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from support.kiosk_words import (
    CLERK,
    COURSE,
    FIRST,
    KEEPER,
    LAST,
    OFFICER,
    RP_ID,
    SECOND,
    TAXPAYER,
    Room,
    act,
    assignment,
    finger,
    statement,
    taken,
)
from support.station_world import eventually
from zhilu.protocols import words
from zhilu.station import words as station_words
from zhilu.station import words_queue
from zhilu.station.words_after import FOR

pytestmark = pytest.mark.usefixtures("in_a_hurry")


# Statements.


async def test_a_statement_is_filed_at_once_where_all_is_stored(room: Room) -> None:
    async with room.running() as page:
        status, begun = await page.call("/api/words", statement())
        assert status == 200 and begun["signer"]["person"] == {"id": OFFICER, "name": "李建国"}
        assert begun["signer"]["needs"] == ["key"] and begun["signer"]["rp_id"] == RP_ID
        assert begun["missing"] == [["time", "persons", "event", "cause", "result"]]
        assert await page.sign(begun) == (200, {"done": "filed"})
    said = taken(room)
    assert (said.kind, said.persons, said.handover) == ("statement", (OFFICER,), "ab" * 32)
    assert said.acts[0].taxpayer == TAXPAYER and said.acts[0].elements["course"] == COURSE
    assert room.parts.statements.of(1).filed == 1
    assert room.words.queue.waiting() == 0


async def test_one_recording_becomes_two_acts_and_two_become_one(room: Room) -> None:
    acts = [act((FIRST, 0, 20)), act((FIRST, 20, 60), (LAST, 0, 30), taxpayer="王虎寨镇仓储有限公司")]
    async with room.running() as page:
        assert await page.say(statement(*acts)) == (200, {"done": "filed"})
    first, second = taken(room).acts
    assert first.act != second.act
    assert [(span.recording, span.from_us, span.to_us) for span in second.spans] == [
        (FIRST, 20_000_000, 60_000_000),
        (LAST, 0, 30_000_000),
    ]
    assert room.parts.statements.of(1).filed == 2


@pytest.mark.usefixtures("soon")
async def test_a_statement_waits_for_its_recordings_and_is_filed_then(room: Room) -> None:
    room.hold(FIRST)
    async with room.running() as page:
        assert await page.say(statement()) == (200, {"done": "queued"})
        assert (await page.call("/api/state"))[1] == {"waiting_words": 1}
        assert "POST /intake/words" not in room.county.requests  # asked in vain it would be
        room.bring(FIRST)
        await eventually(lambda: bool(room.county.taken))
        await eventually(lambda: room.words.queue.waiting() == 0)
    assert not list((room.folder / "spool/words").glob("*.json"))


@pytest.mark.usefixtures("soon")
async def test_what_the_county_has_not_stored_is_asked_again(room: Room) -> None:
    room.county.stored.clear()  # brought by another station, or cleared here and not yet logged there
    async with room.running() as page:
        assert await page.say(statement()) == (200, {"done": "queued"})
        await eventually(lambda: room.county.requests.count("POST /intake/words") > 1)
        room.county.stored = {FIRST, LAST}
        await eventually(lambda: bool(room.county.taken))


@pytest.mark.usefixtures("soon")
async def test_with_the_county_away_it_waits_sealed_over_a_restart(room: Room) -> None:
    room.county.away = True
    async with room.running() as page:
        assert await page.say(statement()) == (200, {"done": "queued"})
    assert room.on_disk(TAXPAYER, COURSE, "新华北街", "Y01") == []
    assert len(list((room.folder / "spool/words").glob("*.json"))) == 1
    room.restart()
    room.county.away = False
    async with room.running():
        await eventually(lambda: bool(room.county.taken))
    assert taken(room).acts[0].taxpayer == TAXPAYER
    assert room.parts.statements.of(1).filed == 1  # known after the restart


async def test_an_answer_that_got_lost_files_nothing_twice(room: Room) -> None:
    room.county.lose_answers = 2
    async with room.running() as page:
        assert (await page.say(statement()))[0] == 200
        await eventually(lambda: room.words.queue.waiting() == 0)
    assert room.county.requests.count("POST /intake/words") == 3
    assert len(room.county.taken) == 1


@pytest.mark.usefixtures("soon")
async def test_a_damaged_file_holds_up_nobody(room: Room) -> None:
    room.county.away = True
    async with room.running() as page:
        await page.say(statement())
    folder = room.folder / "spool/words"
    (folder / f"{'00' * 32}.json").write_bytes(b"{torn")
    (folder / f"{'11' * 32}.json").write_bytes(next(folder.glob("*.json")).read_bytes())  # another's
    room.restart()
    room.county.away = False
    async with room.running():
        await eventually(lambda: bool(room.county.taken))
    assert {path.name[:2] for path in (folder / "damaged").iterdir()} == {"00", "11"}
    assert {alarm["code"] for alarm in room.alarms.shown()} == {"word-damaged"}


async def test_what_is_refused_is_told_kept_and_alarmed_and_others_go_on(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.county.refuse = "actor"
    async with room.running() as page:
        status, error = await page.say(statement())
        assert (status, error["error"]) == (403, "actor")
        assert [(alarm["code"], alarm["detail"]) for alarm in room.alarms.shown()] == [
            ("word-refused", "actor")
        ]
        room.county.refuse = ""
        assert await page.say(statement()) == (200, {"done": "filed"})
        assert room.words.queue.waiting() == 1
    room.restart()  # what was refused is tried anew: somebody may have mended the county
    async with room.running():
        await eventually(lambda: len(room.county.taken) == 2)


async def test_a_defect_in_sending_ends_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    ask, broken = room.county.ask, [RuntimeError("a defect")]

    async def breaks(*given: Any) -> bytes:
        if broken:
            raise broken.pop()
        return await ask(*given)

    monkeypatch.setattr(room.county, "ask", breaks)
    async with room.running() as page:
        assert (await page.say(statement()))[0] == 200
        await eventually(lambda: bool(room.county.taken))


async def test_a_full_disk_is_said_and_nothing_is_half_written(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(words_queue, "replace", full)
    async with room.running() as page:
        status, error = await page.say(statement())
    assert (status, error["error"]) == (503, "no-space")
    assert room.words.queue.waiting() == 0


async def test_a_county_that_takes_its_time_keeps_nobody_from_speaking(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, asked, answered = room.county.ask, asyncio.Event(), asyncio.Event()

    async def slowly(*given: Any) -> bytes:
        asked.set()
        await answered.wait()
        return bytes(await ask(*given))

    async with room.running() as page:
        _, begun = await page.call("/api/words", assignment())
        monkeypatch.setattr(room.county, "ask", slowly)
        assigning = asyncio.create_task(page.sign(begun))
        await asyncio.wait_for(asked.wait(), 60)
        _, second = await asyncio.wait_for(page.call("/api/words", statement()), 60)
        answered.set()
        assert await assigning == (200, {"done": "assigned"})
        assert (await page.sign(second))[0] == 200


async def test_a_disk_that_takes_nothing_holds_up_no_collection(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("zhilu.station.words_after.durable.replace", full)
    room.collect(handover="cd" * 32)
    assert room.parts.statements.of(1).handover == "cd" * 32


WRONG = [
    (act((FIRST, 0, 62)), "spans"),
    (act((FIRST, 60, 61)), "spans"),
    (act((FIRST, 20, 20)), "field"),
    (act() | {"spans": []}, "spans"),
    (act((str(KEEPER), 0, 1)), "recording-unknown"),
    (act(("../../etc/passwd", 0, 1)), "field"),
    (act(procedure="X99"), "procedure-unknown"),
    (act(procedure="H04"), "officers-few"),
    (act(officers=[SECOND]), "officers"),
    (act(officers=[OFFICER, CLERK]), "officers"),
    (act(officers=["nobody"]), "person-unknown"),
    (act(officers=[OFFICER, OFFICER]), "word"),
    (act(taxpayer="  "), "word"),
    (act(taxpayer="长" * 201), "word"),
    (act(elements={"course": "x" * 1001}), "word"),
    (act(elements={"course": "一\x00"}), "word"),
    (act(taxpayer="\u3164"), "word"),
    (act(elements={"weather": "晴"}), "elements"),
    (act(elements={"course": 3}), "elements"),
    ({"procedure": "Y01"}, "field"),
]


@pytest.mark.parametrize(("wrong", "code"), WRONG, ids=[f"{n}-{code}" for n, (_, code) in enumerate(WRONG)])
async def test_what_the_county_would_refuse_is_refused_before_anybody_signs(
    room: Room, wrong: dict[str, Any], code: str
) -> None:
    async with room.running() as page:
        status, error = await page.call("/api/words", statement(wrong))
        assert (status in (403, 409), error["error"]) == (True, code)
        assert await page.say(statement()) == (200, {"done": "filed"})  # and it blocks nobody


async def test_a_drill_becomes_no_act_and_an_hour_later_nothing_does(room: Room) -> None:
    drills = tuple(replace(one, drill=True) for one in room.parts.statements.of(1).recordings)
    room.collect(recordings=drills)
    async with room.running() as page:
        assert (await page.call("/api/words", statement()))[1]["error"] == "act-drill"
        room.late = FOR
        assert (await page.call("/api/words", statement()))[1]["error"] == "nothing-to-say"
        assert (await page.call("/api/bays/1/draft"))[1]["error"] == "nothing-to-say"


async def test_ends_of_lines_and_empty_elements_are_tidied(room: Room) -> None:
    texts = {"result": " \r\n", "course": "一\r\n二\t三 ", "time": "", "place": "\u3164 \u200b"}
    async with room.running() as page:
        await page.say(statement(act(elements=texts)))
    assert dict(taken(room).acts[0].elements) == {"course": "一\n二 三"}


# Assignments.


async def test_an_assignment_of_a_trained_officer_is_told_at_once(room: Room) -> None:
    async with room.running() as page:
        assert await page.say(assignment()) == (200, {"done": "assigned"})
    said = taken(room)
    assert (said.persons, said.officer, said.bay, said.deputy) == ((KEEPER,), OFFICER, 1, False)
    assert room.snapshots.renewed == 1


async def test_without_training_there_is_no_assignment_but_for_a_drill(room: Room) -> None:
    async with room.running() as page:
        status, error = await page.say(assignment(SECOND))
        assert (status, error["error"]) == (403, "not-trained")
        assert await page.say(assignment(SECOND, drill=True)) == (200, {"done": "assigned"})


async def test_a_deputy_comes_with_a_reason(room: Room) -> None:
    async with room.running() as page:
        for wrong in (
            {"deputy": True},
            {"reason_code": "absent"},
            {"deputy": True, "reason_code": "weather"},
        ):
            assert (await page.call("/api/words", assignment(**wrong)))[1]["error"] == "word"
        assert (await page.say(assignment(deputy=True, reason_code="absent")))[0] == 200
    assert taken(room).reason_code == "absent"


async def test_an_assignment_is_made_now_or_not_at_all(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(station_words, "SENDS", 2)
    async with room.running() as page:
        _, begun = await page.call("/api/words", assignment())
        room.county.away = True
        status, error = await page.sign(begun)
        assert (status, error["error"]) == (503, "county-away")
        room.county.away = False
        _, begun = await page.call("/api/words", assignment())
        room.county.lose_answers = 1
        assert await page.sign(begun) == (200, {"done": "assigned"})
    assert len(room.county.taken) == 1 and not list((room.folder / "spool/words").glob("*.json"))


@pytest.mark.parametrize("asked", [assignment(), finger()], ids=["assignment", "finger"])
async def test_with_the_county_away_nobody_touches_a_key(room: Room, asked: Any) -> None:
    """The county gives the nonce of what is said for now, before anybody signs; a statement needs none."""
    async with room.running() as page:
        room.county.away = True
        status, error = await page.call("/api/words", asked)
        assert (status, error["error"]) == (503, "county-away")
        assert (await page.call("/api/words", statement()))[0] == 200
        room.county.away = False
        status, _begun = await page.call("/api/words", asked)
        assert status == 200 and room.county.requests.count("POST /intake/words/nonce") == 2
        (given,) = room.county.nonces
        assert room.words._pending is not None and room.words._pending.composed.word.nonce == given


@pytest.mark.parametrize("answer", [{}, {"nonce": "AAAA"}, {"nonce": 16}, {"nonce": "*" * 22}])
async def test_a_nonce_that_is_none_is_refused(
    room: Room, answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room.county, "_answer", lambda *_asked: answer)
    async with room.running() as page:
        assert (await page.call("/api/words", assignment()))[1]["error"] == "bad-answer"


async def test_a_bay_without_a_recorder_of_its_own_assigns_nothing(room: Room) -> None:
    async with room.running() as page:
        assert (await page.call("/api/words", assignment(bay=2)))[1]["error"] == "unknown-recorder"


def test_the_elements_are_those_of_the_platform() -> None:
    from zhilu.server.evidence import rules

    assert words.ELEMENTS == rules.ELEMENTS
