"""The page's addresses for words, drafts and templates: guarded, limited, every id parsed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from support.kiosk_words import (
    CLERK,
    COURSE,
    FIRST,
    KEEPER,
    LAST,
    OFFICER,
    ORIGIN,
    RECORDER,
    SECOND,
    Room,
    act,
    assignment,
    finger,
    statement,
)
from zhilu.station import drafts, words_after
from zhilu.station.words_after import FOR, Statements

ADDRESSES = [
    ("/api/words", {}),
    (f"/api/words/{'0' * 32}", None),
    (f"/api/words/{'0' * 32}/assertion", {}),
    (f"/api/words/{'0' * 32}/finger", {}),
    (f"/api/words/{'0' * 32}/cancel", {}),
    ("/api/roster", None),
    ("/api/bays/1/draft", None),
]


async def test_only_the_kiosks_own_page_may_speak(room: Room) -> None:
    wrong = [{"Host": "evil.example"}, {"Host": "127.0.0.1:8443"}, {"Origin": "https://evil.example"}]
    async with room.running() as page:
        for path, body in ADDRESSES:
            for headers in (*wrong, {"Origin": "null"}):
                status, answer = await page.call(path, body, headers)
                assert (status, answer["error"]) == (403, "origin"), path
            if body is not None:
                status, answer = await page.call(path, b"a=b", {"Content-Type": "text/plain"})
                assert (status, answer["error"]) == (415, "content-type"), path
        assert (await page.call("/api/roster", None, {"Origin": ORIGIN}))[0] == 200


async def test_what_is_too_large_or_no_json_is_refused(room: Room) -> None:
    async with room.running() as page:
        for path, body in ADDRESSES:
            if body is None or path.endswith("cancel"):
                continue
            if path != f"/api/words/{'0' * 32}/finger":
                assert (await page.call(path, b'"' + b"x" * 70_000 + b'"'))[0] == 413, path
                for bad in (b"not json", b"[]", b'{"kind":1.5}', b'{"kind":"a","kind":"b"}', b"\xff"):
                    assert (await page.call(path, bad))[1]["error"] == "json", (path, bad)
        many = statement(*[act() for _ in range(21)])
        assert (await page.call("/api/words", many))[1]["error"] == "word"
        deep = b'{"kind":' * 40 + b"1" + b"}" * 40
        assert (await page.call("/api/words", deep))[1]["error"] == "json"


@pytest.mark.parametrize(
    "id_", ["..%2f..%2fetc%2fpasswd", "%00", "A" * 32, "0" * 31, "0" * 33, "..", "x" * 5000]
)
async def test_an_id_that_is_none_is_no_address(room: Room, id_: str) -> None:
    async with room.running() as page:
        for path, body in (("", None), ("/assertion", {}), ("/finger", {}), ("/cancel", {})):
            assert (await page.call(f"/api/words/{id_}{path}", body))[0] == 404


@pytest.mark.parametrize("number", ["0", "2", "999", "-1", "1e1", "../1", "%31%00", "00000001"])
async def test_a_bay_that_is_none_has_no_draft(room: Room, number: str) -> None:
    async with room.running() as page:
        assert (await page.call(f"/api/bays/{number}/draft"))[0] == 404


@pytest.mark.parametrize("bay", [0, 2, -1, 2**40, "1", None, True, [1]])
async def test_a_word_about_no_bay_is_refused(room: Room, bay: Any) -> None:
    async with room.running() as page:
        _, answer = await page.call("/api/words", statement() | {"bay": bay})
        assert answer["error"] in ("nothing-to-say", "field")


# What the form starts with.


async def test_the_draft_knows_time_place_people_and_what_may_be_said(room: Room) -> None:
    async with room.running() as page:
        status, draft = await page.call("/api/bays/1/draft")
    assert status == 200
    assert draft["officer"] == {"id": OFFICER, "name": "李建国"}
    assert (draft["bay"], draft["station"], draft["recorder"]) == (1, "第一采集站", {"serial": "XT-0001"})
    first, last = draft["recordings"]
    assert (first["id"], first["duration_us"], first["marks"]) == (FIRST, 60_000_000, [5_000_000])
    assert first["stored"] and first["positions"] == [{"at_us": 0, "lat": 370_000_000, "lon": 1_150_000_000}]
    assert (last["id"], last["duration_us"]) == (LAST, 30_000_000)
    assert draft["classes"] == [{"code": "H", "name": "入户类"}, {"code": "Y", "name": "约谈类"}]
    assert draft["procedures"][0] == {
        "code": "H04",
        "class": "H",
        "name": "送达税务文书",
        "min_officers": 2,
        "start": "进门",
        "content": "亮证",
        "end": "离开",
        "script": "您好,我是巨鹿县税务局工作人员,这是我的税务检查证。",
    }
    assert [one["id"] for one in draft["officers"]] == [OFFICER, SECOND]
    assert draft["late_after"] == "2026-11-27T10:40:00.000Z"


async def test_without_the_county_the_form_opens_all_the_same(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.county.away = True
    room.hold(FIRST)
    async with room.running() as page:
        status, draft = await page.call("/api/bays/1/draft")
        assert (status, draft["templates"]) == (200, [])
        first, last = draft["recordings"]
        assert (first["stored"], first["positions"], first["duration_us"]) == (False, [], 60_000_000)
        assert last["stored"]  # its folder is gone: it was stored and cleared
    monkeypatch.setattr(drafts, "PATIENCE_S", 0.05)
    monkeypatch.setattr(room.county, "ask", never)
    async with room.running() as page:
        assert (await page.call("/api/bays/1/draft"))[0] == 200


async def never(*_: Any) -> bytes:
    import asyncio

    await asyncio.sleep(30)
    raise AssertionError


async def test_a_recording_that_was_not_collected_here_is_measured_by_the_county(room: Room) -> None:
    recordings = tuple(
        replace(one, duration_us=None, marks=()) for one in room.parts.statements.of(1).recordings
    )
    room.collect(recordings=recordings)
    async with room.running() as page:
        _, draft = await page.call("/api/bays/1/draft")
        assert [one["duration_us"] for one in draft["recordings"]] == [60_000_000] * 2
        assert draft["recordings"][0]["marks"] == [5_000_000]
        assert (await page.call("/api/words", statement(act((FIRST, 0, 62)))))[1]["error"] == "spans"
        assert await page.say(statement(act((FIRST, 0, 60)))) == (200, {"done": "filed"})


async def test_people_are_offered_with_what_they_may(room: Room) -> None:
    room.snapshots.holders = {KEEPER: room.snapshots.holders[KEEPER]}
    async with room.running() as page:
        _, roster = await page.call("/api/roster")
    by_id = {one.pop("id"): one for one in roster}
    assert by_id[OFFICER]["fit"] and not by_id[SECOND]["fit"] and not by_id[CLERK]["fit"]
    assert by_id[KEEPER] == {
        "name": "赵敏",
        "number": "0103",
        "department": "办公室",
        "fit": False,
        "keeper": True,
        "officer": False,
        "key": True,
    }
    assert not by_id[SECOND]["key"]


def saving(*templates: Any) -> dict[str, Any]:
    return statement() | {"templates": list(templates)}


TEMPLATE = {"act": 0, "name": " 送达 ", "elements": ["course"]}


async def test_a_text_of_ones_own_is_saved_by_ones_signature_and_comes_back(room: Room) -> None:
    """Anybody can write into the form: nothing is saved before he whose text it becomes has signed it."""
    async with room.running() as page:
        assert (await page.call("/api/templates", {"bay": 1, "name": "a", "elements": {}}))[0] == 404
        _, begun = await page.call("/api/words", saving(TEMPLATE))
        assert room.county.templates == []
        assert await page.sign(begun) == (200, {"done": "filed"})
        _, draft = await page.call("/api/bays/1/draft")
    assert draft["templates"] == [{"id": "0", "name": "送达", "elements": {"course": COURSE}}]
    assert [one["person"] for one in room.county.templates] == [OFFICER]
    assert room.on_disk(COURSE) == []


WRONG = [
    {"act": 1},
    {"act": -1},
    {"name": " "},
    {"name": "长" * 41},
    {"elements": []},
    {"elements": ["cause"]},
]


@pytest.mark.parametrize("wrong", [*WRONG, {"elements": ["weather"]}, {"elements": [{}]}, {"act": True}])
async def test_only_what_an_act_says_is_saved(room: Room, wrong: dict[str, Any]) -> None:
    async with room.running() as page:
        for asked in (saving(TEMPLATE | wrong), saving(TEMPLATE, TEMPLATE), saving() | {"templates": "a"}):
            assert (await page.call("/api/words", asked))[1]["error"] in ("template", "field")
    assert room.county.requests == []


@pytest.mark.usefixtures("soon")
async def test_a_text_that_the_county_does_not_take_holds_no_statement_up(room: Room) -> None:
    async with room.running() as page:
        _, begun = await page.call("/api/words", saving(TEMPLATE))
        room.county.away = True
        assert await page.sign(begun) == (200, {"done": "queued", "unsaved": ["送达"]})
    assert room.on_disk(COURSE) == []


async def test_a_statement_that_is_refused_saves_nothing(room: Room) -> None:
    room.county.refuse = "scope"
    async with room.running() as page:
        assert (await page.say(saving(TEMPLATE)))[1]["error"] == "scope"
    assert room.county.templates == []


# What is kept of a handover.


def test_it_is_known_for_an_hour_over_a_restart_and_a_damaged_file_is_none(room: Room) -> None:
    room.restart()
    statements = room.parts.statements
    assert statements.of(1).officer == OFFICER and statements.of(2) is None
    statements.filed(1, "cd" * 32, 1)  # of another handover
    assert statements.shown(1, str)["filed"] == 0
    room.late = FOR - timedelta(seconds=5)
    assert statements.of(1) is not None
    room.late = FOR
    assert statements.of(1) is None and statements.shown(1, str) is None
    assert not (room.folder / "spool/bays/1.statement.json").exists()
    room.collect()
    (room.folder / "spool/bays/1.statement.json").write_bytes(b"{torn")
    assert Statements(room.parts.spool, room.now).of(1) is None


async def test_a_later_handover_says_how_many_recordings_before_it_were_left(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words_after, "_officer_of", lambda docking: SECOND)

    async def left_when_docked(number: int, *drills: bool) -> int:
        held = [
            SimpleNamespace(id=uuid4(), opened_at="2026-11-24T10:40:00.000Z", drill=one) for one in drills
        ]
        docking: Any = SimpleNamespace(
            digest=bytes([number]) * 32, recorder=RECORDER, hello=SimpleNamespace(recordings=held)
        )
        statements = Statements(room.parts.spool, room.now)  # as after a restart
        await statements.note(1, docking, "XT-0001")
        return statements.shown(1, str)["earlier"]

    assert await left_when_docked(1, False, True) == 2  # the room's own handover
    assert await left_when_docked(1, False, True) == 2  # the same once more
    assert await left_when_docked(2, False) == 3  # a drill needs no act
    Statements(room.parts.spool, room.now).filed(1, "02" * 32, 1)
    assert await left_when_docked(3, False) == 3
    room.late = FOR
    assert await left_when_docked(4, False) == 0


async def test_a_defect_answers_as_one_and_the_log_holds_nothing_that_was_said(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def defect(asked: Any) -> Any:
        raise RuntimeError(str(asked))

    monkeypatch.setattr(room.words, "begin", defect)
    caplog.set_level("INFO")
    async with room.running() as page:
        assert await page.call("/api/words", statement()) == (500, {"error": "internal", "hint": ""})
        assert (await page.call("/api/roster"))[0] == 200
    assert "RuntimeError in" in caplog.text and COURSE not in caplog.text


JUNK: list[Any] = [None, True, -1, 2**53 - 1, "", "\u0000", "x" * 300, [], {}, [[]], {"a": {}}, "../../etc"]


async def test_whatever_the_page_sends_is_a_refusal_and_never_a_defect(room: Room) -> None:
    """Every field of every word, one after the other, replaced by what it cannot be."""
    async with room.running() as page:
        for good in (statement(), assignment(), finger()):
            for path in paths(good):
                for junk in JUNK:
                    status, answer = await page.call("/api/words", replaced(good, path, junk))
                    assert status in (200, 403, 404, 409), (path, junk, answer)
    assert room.county.taken == {}


def paths(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [above, *(path for name, one in below for path in paths(one, (*above, name)))][not above :]


def replaced(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], junk)
    return copy
