"""The station's own words against the county's own intake, by a real snapshot: what one composes, signs,
seals and queues, the other opens, judges and enters."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections

from support import training
from support.county_world import BUREAU, DOCK_RP, KIOSK, CountyWorld, named_id
from support.fprint import Hand, Sensor
from support.kiosk_words import COURSE, TAXPAYER, Page, Room, act, assignment, finger, statement
from support.recordings import OFFICER, RECORDING, START
from support.station_world import eventually
from support.words_world import SYSTEM
from support.words_world import Kiosk as Keys
from zhilu.encoding import format_time
from zhilu.errors import WorldError
from zhilu.protocols import intake
from zhilu.protocols.snapshot import Snapshot, open_snapshot
from zhilu.server.equipment.models import Assignment, Finger, PendingDockKey
from zhilu.server.evidence.models import Act, Statement, Word
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import PolicySet
from zhilu.server.organisation.models import Policy
from zhilu.server.training.events import TrainingWithdrawn
from zhilu.softkey import SoftKey
from zhilu.softkey.ceremonies import Holder
from zhilu.station import drafts, pause, templates, words
from zhilu.station.words_after import Taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_one_thread")]
SECOND = str(named_id("second officer"))
FILM = str(RECORDING)


@pytest.fixture
def in_one_thread(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The county answers in the station's own thread and over the test's own connection, which Django would
    hide from each task of the loop."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    monkeypatch.setattr(
        connections, "_connections", SimpleNamespace(**{name: connections[name] for name in connections})
    )
    monkeypatch.setattr(pause, "FIRST_S", 0.05)
    monkeypatch.setattr(words, "FIRST_ATTEMPT_S", 60.0)
    for module in (drafts, templates):
        monkeypatch.setattr(module, "PATIENCE_S", 60.0)


class Wire:
    """To the county's intake and back, as `station.county` goes it; also its snapshot."""

    def __init__(self, world: CountyWorld) -> None:
        self.world, self.away = world, False
        self._held: Snapshot | None = None

    async def ask(self, call: intake.Call, body: bytes = b"", limit: int = 0) -> bytes:
        if self.away:
            raise WorldError("county-away", "")
        answer = self.world.request(call.method, call.path, call.query, body)
        if answer.status_code >= 500:
            raise WorldError("county-away", "")
        if answer.status_code not in (200, 201):
            raise intake.parse_refusal(answer.status_code, answer.content)
        return bytes(answer.content)

    def current(self) -> Snapshot:
        if self._held is None:
            self.world.publish()
            answer = self.world.request("GET", "/intake/snapshot")
            self._held = open_snapshot(answer.content, self.world.keys, bureau=BUREAU, now=now())
        return self._held

    async def renew(self) -> None:
        self._held = None


class RealRoom(Room):
    rp_id, origin = DOCK_RP, KIOSK

    def __init__(self, folder: Path, world: CountyWorld) -> None:
        self.world = world
        super().__init__(folder)

    def furnish(self) -> None:
        keys = Keys(self.world)
        for person in (SYSTEM, SECOND):
            keys.give_key(person)
        self.signer = self.world.station
        self.holders = {one: Holder(key, one, DOCK_RP, KIOSK) for one, key in keys.keys.items()}
        self.county = self.snapshots = Wire(self.world)

    def collect(self, bay: int = 1, **changed: Any) -> None:
        film = Taken(FILM, format_time(START), False, 3_000_000)
        more = {"officer": OFFICER, "recorder": self.world.recorder.kid, "recordings": (film,)}
        super().collect(bay, **more | changed)


@pytest.fixture
def room(county: CountyWorld, tmp_path: Path) -> RealRoom:
    made = RealRoom(tmp_path / "station", county)
    made.collect(handover=county.store().handover)
    return made


def said(**changed: Any) -> dict[str, Any]:
    return act((FILM, 0, 3), procedure="C01", officers=[OFFICER], **changed)


async def test_a_statement_becomes_acts_and_what_was_said_of_them(room: RealRoom) -> None:
    async with room.running() as page:
        _, draft = await page.call("/api/bays/1/draft")
        assert draft["procedures"] and draft["recordings"][0]["stored"]
        assert {one["id"] for one in draft["officers"]} >= {OFFICER, SECOND}
        both = [act((FILM, 0, 1), procedure="C01", officers=[OFFICER, SECOND]), said()]
        assert await page.say(statement(*both)) == (200, {"done": "filed"})
    first = Act.objects.get(officers__officer=SECOND)
    assert first.taxpayer == TAXPAYER
    assert Statement.objects.get(act=first).course == COURSE
    assert set(Entry.objects.filter(kind="act-opened/1").values_list("actor", flat=True)) == {OFFICER}
    assert room.on_disk(TAXPAYER, COURSE) == []


async def test_a_statement_waits_for_the_county_and_for_its_recording(
    county: CountyWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "FIRST_ATTEMPT_S", 0.3)
    room, film = RealRoom(tmp_path / "station", county), county.film()
    room.collect(handover=film.handover)
    room.county.current()
    room.county.away = True
    async with room.running() as page:
        assert await page.say(statement(said())) == (200, {"done": "queued"})
    room.restart()
    room.county.away = False
    async with room.running():
        await asyncio.sleep(0.1)
        assert not Word.objects.exists() and room.words.queue.waiting() == 1  # handover unknown
        county.put_logbook(film), county.put_handover(film)
        await asyncio.sleep(0.15)
        assert not Word.objects.exists() and room.alarms.shown() == []  # recording not stored
        county.put_journal(film)
        for i, data in enumerate(film.media):
            county.put_segment(i, data)
        county.complete()
        await eventually(lambda: Word.objects.count() == 1)
    assert Act.objects.get().taxpayer == TAXPAYER


async def test_a_keeper_assigns_behind_the_gate(room: RealRoom, county: CountyWorld) -> None:
    async with room.running() as page:
        asked = assignment(SECOND, person=SYSTEM)
        assert await page.say(asked) == (200, {"done": "assigned"})
        assert room.county.current().assignments[county.recorder.kid].officer == SECOND
        deputy = asked | {"officer": OFFICER, "deputy": True, "reason_code": "absent"}
        assert await page.say(deputy) == (200, {"done": "assigned"})
        duty = room.county.current().assignments[county.recorder.kid]
        assert (duty.officer, duty.deputy, duty.reason_code) == (OFFICER, True, "absent")
        nobody = await page.say(asked | {"person": OFFICER})
        assert (nobody[0], nobody[1]["error"]) == (403, "actor")
        for _kind, core, _none in training.results(SECOND):
            commit(TrainingWithdrawn(core["result"], "录入有误"), BUREAU)
        refused = await page.say(asked)
        assert (refused[0], refused[1]["error"]) == (403, "not-trained")
        assert await page.say(asked | {"drill": True}) == (200, {"done": "assigned"})
    assert Assignment.objects.count() == 4


async def test_two_people_have_a_finger_taken_and_it_counts_here(room: RealRoom) -> None:
    async with room.running() as page:
        assert await page.say(finger(SYSTEM, OFFICER)) == (200, {"done": "enrol"})
        await eventually(lambda: bool(room.reader.fingers))
    assert (OFFICER, room.signer.kid) in room.county.current().fingers
    assert Finger.objects.get().person == OFFICER or str(Finger.objects.get().person) == OFFICER


class Obedient:
    """The real reader, and somebody who lays down this finger whenever the screen asks for one."""

    def __init__(self, sensor: Sensor) -> None:
        self._reader, self.sensor, self.finger = sensor.reader(), sensor, 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    async def enrol(self, person: str, finger: str, prompt: Any) -> None:
        await self._reader.enrol(person, finger, self._hand(prompt))

    async def verify(self, person: str, prompt: Any) -> bool:
        return await self._reader.verify(person, self._hand(prompt))

    def _hand(self, prompt: Any) -> Any:
        hand = Hand(self.sensor, self.finger)

        def said(say: str) -> None:
            prompt(say)
            hand(say)

        return said


async def test_a_finger_that_was_taken_here_signs_here(room: RealRoom) -> None:
    """fprintd and libfprint are the real ones, their sensor is virtual."""
    commit(
        PolicySet(**{**Policy.objects.get().core, "version": 2, "officer_check_least": "fprintd+key"}), BUREAU
    )
    sensor = Sensor()
    try:
        reader: Any = Obedient(sensor)
        room.reader = reader
        room.restart()
        async with room.running() as page:
            assert (await page.call("/api/words", statement(said())))[1]["error"] == "finger-unknown"
            _, begun = await page.call("/api/words", finger(SYSTEM, OFFICER))
            _, second = await page.sign(begun)
            assert (await page.sign({"id": begun["id"], **second}))[1] == {"done": "enrol"}
            await enrolled(page, begun["id"])
            _, begun = await page.call("/api/words", statement(said()))
            assert begun["signer"]["needs"] == ["finger", "key"]
            path = f"/api/words/{begun['id']}/finger"
            reader.finger = 2
            assert (await page.call(path, {}))[1]["error"] == "finger-no-match"
            reader.finger = 1
            assert await page.call(path, {}) == (200, {"matched": True})
            assert await page.sign(begun) == (200, {"done": "filed"})
    finally:
        sensor.close()
    assert Act.objects.get().taxpayer == TAXPAYER


async def enrolled(page: Page, id_: str) -> None:
    async with asyncio.timeout(60):
        while (state := (await page.call(f"/api/words/{id_}"))[1])["state"] == "enrolling":
            await asyncio.sleep(0.05)
    assert state == {"state": "enrolled", "error": None}


async def test_a_text_of_ones_own_goes_there_and_comes_back(room: RealRoom) -> None:
    mine = {"templates": [{"act": 0, "name": "核实", "elements": ["course"]}]}
    async with room.running() as page:
        assert await page.say(statement(said()) | mine) == (200, {"done": "filed"})
        (template,) = (await page.call("/api/bays/1/draft"))[1]["templates"]
    assert (template["name"], template["elements"]) == ("核实", {"course": COURSE})


async def test_a_key_made_at_the_page_signs_once_the_administrator_has_heard_its_number(
    room: RealRoom, county: CountyWorld
) -> None:
    """The whole way of the first key: page, station, intake, platform, snapshot, an assertion."""
    key = SoftKey()
    async with room.running() as page:
        status, answer = await page.make_key(OFFICER, key)
        assert (status, set(answer)) == (200, {"number"})
        client, pending = county.sign_in(SYSTEM), PendingDockKey.objects.get()
        made = key.credential(DOCK_RP).id
        assert made not in room.snapshots.current().credentials_of(OFFICER)
        sent = client.post(f"/dock-keys/{pending.id}", {"number": answer["number"]})
        assert sent.status_code == 302
        await room.snapshots.renew()
        assert made in room.snapshots.current().credentials_of(OFFICER)
        room.holders[OFFICER] = Holder(key, OFFICER, DOCK_RP, KIOSK)
        assert (await page.say(statement(act((FILM, 0, 2), procedure="C01"))))[1] == {"done": "filed"}
        assert (await page.make_key(str(named_id("security")), SoftKey()))[1]["error"] == "person-unknown"
    county.publish()
