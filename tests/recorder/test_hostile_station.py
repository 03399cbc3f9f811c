"""A station with a valid certificate, before any handover that holds: it asks for everything in every state
and gets nothing, and what the ledger proves is taken from it all the same (spec/docking.md §2)."""

import json
import uuid
from datetime import UTC, datetime

import pytest

from support.dock_world import Station, code, entries, receipt, served, types
from support.recorder_world import World
from zhilu.encoding import format_time
from zhilu.protocols.docking_messages import EntriesRequest
from zhilu.protocols.docking_recorder import GREETING_S, RESUME_S

SOMEBODY = str(uuid.UUID(int=7))
NOTHING = {"no-handover", "unknown-request", "not-greeted"}


class Thief:
    """Keeps every answer; asks with requests that would be served after a handover."""

    def __init__(self, world, filmed, station):
        self.world, self.filmed, self.station = world, filmed, station
        self.life = filmed.lives[0]
        index = world.ledger.add("recording-stored/1", world.stored_core(self.life))
        self.receipt = receipt(world, self.life, index=index)

    async def asks_for_everything(self):
        """Codes of all refusals; whatever is not refused would be among them as "" and fail the test."""
        http, recording = self.station.http, self.life.recording
        now = format_time(datetime.now(UTC))
        answers = [
            await http.get("/logbook"),
            await http.get("/logbook?from=0"),
            await http.get(f"/recordings/{recording}/journal"),
            await http.get(f"/recordings/{recording}/media", headers={"Range": "bytes=0-99"}),
            await http.get(f"/recordings/{recording}/media"),
            await http.get(f"/recordings/{recording}/../../evidence.key"),
            await http.get(f"/recordings/{recording}/open.jws"),
            await http.put(f"/recordings/{recording}/journal", content=b""),
            await http.delete(f"/recordings/{recording}/media"),
            await http.post("/receipt", content=self.receipt),
            await http.post("/clock", content=json.dumps({"station_at": now, "source": "ntp"})),
        ]
        assert all(len(answer.content) < 200 for answer in answers), "a refusal and nothing else"
        return {code(answer) for answer in answers}


@pytest.fixture
def thief(world, filmed, docked):
    return Thief(world, filmed, docked[0])


async def test_it_asks_for_everything_in_every_state_before_a_handover(world, filmed, thief, docked):
    station, dock = docked
    before = types(world)
    assert await thief.asks_for_everything() <= NOTHING, "not greeted"
    await station.greet()
    assert await thief.asks_for_everything() <= NOTHING, "greeted"
    assert dock.state.state(0) == "greeted", "refused steps move nothing"
    for lie in (
        {"officer": SOMEBODY},
        {"deputy_reason": "absent"},
        {"bay": 2},
        {"recordings": ()},
    ):
        await station.greet()
        assert code(await station.hand_over(**lie)) in ("officer", "deputy", "bay", "head")
        assert await thief.asks_for_everything() <= NOTHING, lie
    for weak in ({"check": "fprintd", "assertion": None}, {"assertion": {}}, {"assertion": None}):
        await station.greet()
        refused = await station.http.post("/handover", content=station.request(station.compose(), **weak))
        assert code(refused) in ("officer-check", "credential")
        assert await thief.asks_for_everything() <= NOTHING, weak
    await station.http.post("/undock", content=b"{}")
    assert await thief.asks_for_everything() <= NOTHING, "undocked"
    assert types(world) == before and not thief.life.cleared
    assert world.home.recording(thief.life.recording).exists()


async def test_it_gets_nothing_of_another_stations_docking(world, filmed, thief, docked):
    station, _dock = docked
    await station.open()
    other = Station(world, str(station.http.base_url), world.member("station"))
    assert await Thief(world, filmed, other).asks_for_everything() <= NOTHING
    assert code(await other.http.post("/entries", content=entries(world, []))) == "no-handover"
    assert code(await other.http.post("/undock", content=b"{}")) == ""
    assert code(await station.http.get("/logbook?from=0")) == "", "the other station ended nothing"
    await other.close()


async def test_it_gets_nothing_once_the_docking_is_over(world, filmed):
    now = [1000.0]
    dock = filmed.dock(now_s=lambda: now[0])
    async with served(world, dock) as url:
        station = Station(world, url)
        thief = Thief(world, filmed, station)
        await station.open()
        dock.disconnected()
        now[0] += RESUME_S + 1
        assert await thief.asks_for_everything() <= NOTHING
        await station.greet()
        now[0] += GREETING_S + 1
        assert await thief.asks_for_everything() <= NOTHING
        index = world.ledger.add("recorder-assigned/1", world.assigned_core(officer=SOMEBODY))
        late = await station.http.post("/entries", content=entries(world, [index]))
        assert code(late) == "nonce" and dock._adopted.duty.officer == world.officer
        await station.close()


async def test_a_deputy_reaches_the_recorder_before_the_handover(world: World, docked):
    """Entries in `greeted` are taken, move no state and open nothing; the officer before is none any more."""
    station, dock = docked
    await station.greet()
    deputy = world.assigned_core(officer=SOMEBODY, deputy=True, reason_code="absent")
    index = world.ledger.add("recorder-assigned/1", deputy)
    answer = await station.http.post("/entries", content=entries(world, [index]))
    assert json.loads(answer.content) == {"taken": 1}
    assert dock.state.state(0) == "greeted" and types(world)[-1] == "assigned"
    stale = {"officer": SOMEBODY, "deputy_reason": "absent"}
    assert code(await station.hand_over(**stale)) == "head", "the logbook grew: greet again"
    await station.greet()
    assert code(await station.hand_over()) == "officer"
    for reason in (None, "other"):
        await station.greet()
        assert code(await station.hand_over(officer=SOMEBODY, deputy_reason=reason)) == "deputy"
    await station.greet()
    assert code(await station.hand_over(officer=SOMEBODY, deputy_reason="absent")) == ""


async def test_an_entry_that_is_sent_many_times_is_taken_once(world, docked):
    """Before any officer signs, a station must not fill the logbook."""
    station, dock = docked
    await station.greet()
    first, second = (
        world.ledger.add("recorder-assigned/1", world.assigned_core(officer=officer))
        for officer in (world.officer, SOMEBODY)
    )
    before = types(world)
    answer = await station.http.post("/entries", content=entries(world, [second] * 20 + [first] * 20))
    assert json.loads(answer.content) == {"taken": 2}, "each once, the older one first"
    assert types(world) == [*before, "assigned", "assigned"]
    assert dock._adopted.duty.officer == SOMEBODY


async def test_entries_before_a_handover_are_those_of_the_ledger_or_none(world, docked, tmp_path):
    station, dock = docked
    his = World(tmp_path / "his")
    his.found()
    mine = his.ledger.add("recorder-assigned/1", world.assigned_core(officer=SOMEBODY))
    note, before = his.ledger.note(), types(world)
    assert code(await station.http.post("/entries", content=entries(world, []))) == "no-handover", "idle"
    await station.greet()
    for body, wanted in (
        (b"{}", "field"),
        (EntriesRequest(note, (), (his.ledger.prove(mine, note),)).to_bytes(), "note-signature"),
        (entries(world, [world.ledger.add("recorder-assigned/1", {"recorder": "A" * 43})]), "recorder"),
    ):
        assert code(await station.http.post("/entries", content=body)) == wanted
        assert dock.state.state(0) == "greeted"
    assert dock._adopted.duty.officer == world.officer and types(world) == before
    assert code(await station.hand_over()) == "", "what was refused has spoilt nothing"
