"""The dock of spec/docking.md over real TLS: what it gives, to whom, and what it never gives."""

import asyncio
import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aiohttp import web

from support.dock_world import Station, code, entries, receipt, served, types
from support.recorder_world import World
from zhilu.encoding import format_time
from zhilu.protocols.docking_messages import hello_request
from zhilu.recorder.dock import CLOCK_SETS


async def test_after_a_handover_the_station_collects_every_byte(world, filmed, docked):
    station, _dock = docked
    hello = await station.greet()
    life = filmed.lives[0]
    assert [held.id for held in hello.recordings] == [life.recording]
    answer = await station.hand_over()
    line = json.loads(answer.content)["docked"].encode()
    assert hashlib.sha256(line).hexdigest() == filmed.logbook.head
    folder = world.home.recording(life.recording)
    assert (await station.http.get("/logbook?from=0")).content == world.home.logbook.read_bytes()
    assert (await station.http.get(f"/logbook?from={hello.n + 1}")).content == line + b"\n"
    journal = await station.http.get(f"/recordings/{life.recording}/journal")
    assert journal.content == (folder / "journal.jws").read_bytes()
    media, whole = b"", (folder / "media.sealed").read_bytes()
    for start in range(0, life.length, 10_000):
        end = min(start + 10_000, life.length) - 1
        part = await station.http.get(
            f"/recordings/{life.recording}/media", headers={"Range": f"bytes={start}-{end}"}
        )
        assert (
            part.status_code == 206 and part.headers["Content-Range"] == f"bytes {start}-{end}/{life.length}"
        )
        media += part.content
    assert media == whole
    assert "docked" in types(world)


async def test_a_receipt_clears_and_only_then_bytes_may_go(world, filmed):
    dock = filmed.dock(erase_now=True)
    life = filmed.lives[0]
    folder = world.home.recording(life.recording)
    async with served(world, dock) as url:
        station = Station(world, url)
        await station.open()
        first = await station.http.post("/receipt", content=receipt(world, life))
        assert code(first) == "" and "cleared" in json.loads(first.content)
        assert not folder.exists()
        assert types(world)[-1] == "cleared"
        assert (await station.greet()).recordings == ()
        await station.close()


async def test_without_erase_now_the_bytes_stay_until_space_is_needed(world, filmed, docked):
    """And as long as they are there, a county that has lost them gets them again."""
    station, _dock = docked
    life = filmed.lives[0]
    await station.open()
    assert code(await station.http.post("/receipt", content=receipt(world, life))) == ""
    folder = world.home.recording(life.recording)
    assert (await station.greet()).recordings == ()
    await station.open()
    journal = await station.http.get(f"/recordings/{life.recording}/journal")
    assert journal.content == (folder / "journal.jws").read_bytes()
    headers = {"Range": f"bytes=0-{life.length - 1}"}
    media = await station.http.get(f"/recordings/{life.recording}/media", headers=headers)
    assert media.content == (folder / "media.sealed").read_bytes()
    filmed.recorder.space._usage = lambda folder: (0, 1)
    assert not filmed.recorder.space.enough()
    assert not folder.exists()
    assert code(await station.http.get(f"/recordings/{life.recording}/journal")) == "unknown-recording"


async def test_a_receipt_sent_twice_gets_the_same_line(world, filmed, docked):
    station, _dock = docked
    await station.open()
    life = filmed.lives[0]
    index = world.ledger.add("recording-stored/1", world.stored_core(life))
    bodies = (receipt(world, life, index=index), receipt(world, life, index=index, consistency=[]))
    answers = [(await station.http.post("/receipt", content=body)).content for body in bodies]
    assert answers[0] == answers[1] and b"cleared" in answers[0]
    assert types(world).count("cleared") == 1


async def test_entries_of_the_ledger_change_the_duty(world, filmed, docked):
    station, dock = docked
    await station.open()
    other = str(uuid.uuid4())
    index = world.ledger.add("recorder-assigned/1", world.assigned_core(officer=other))
    assert code(await station.http.post("/entries", content=entries(world, [index]))) == ""
    assert dock._adopted.duty.officer == other
    assert types(world)[-1] == "assigned"


async def test_the_clock_is_set_by_the_station(world, filmed, docked):
    station, _dock = docked
    await station.open()
    ahead = format_time(datetime.now(UTC) + timedelta(minutes=4))
    body = json.dumps({"station_at": ahead, "source": "ntp"})
    assert code(await station.http.post("/clock", content=body)) == ""
    assert timedelta(minutes=3) < filmed.clock.now() - datetime.now(UTC) < timedelta(minutes=5)
    assert types(world)[-1] == "clock-set"
    assert abs(int(world.home.file("clock-offset").read_text()) - 240_000_000) < 60_000_000


async def test_undocking_ends_it_and_names_the_last_line(world, filmed, docked):
    station, dock = docked
    await station.open()
    answer = await station.http.post("/undock", content=b"{}")
    assert json.loads(answer.content) == {"n": filmed.logbook.n, "head": filmed.logbook.head}
    assert dock.state.state(0) == "idle"


async def test_a_station_that_went_without_waiting_for_the_answer_has_undocked_it_too(
    world, filmed, monkeypatch
):
    prepare = web.Response.prepare

    async def gone(self, request):
        if request.path == "/undock":
            raise ConnectionResetError("Cannot write to closing transport")
        return await prepare(self, request)

    monkeypatch.setattr(web.Response, "prepare", gone)
    async with asyncio.timeout(60), served(world, filmed.dock(), stays=False) as url:
        station = Station(world, url)
        await station.open()
        with pytest.raises(httpx.HTTPError):
            await station.http.post("/undock", content=b"{}")
        await station.close()


async def test_a_second_handover(docked):
    station, _dock = docked
    await station.greet()
    assert code(await station.hand_over()) == ""
    body = station.request(station.compose())
    assert code(await station.http.post("/handover", content=body)) == "already-open"


async def test_not_greeted(docked):
    station, _dock = docked
    assert code(await station.http.post("/handover", content=b"{}")) == "not-greeted"


async def test_a_body_over_one_mebibyte(docked):
    station, _dock = docked
    answer = await station.http.post("/hello", content=b" " * (2**20 + 1))
    assert (answer.status_code, code(answer)) == (413, "too-large")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"station_nonce":"AA"}', b'{"station_nonce":1}', b"\xff"])
async def test_a_hello_without_a_nonce(docked, body):
    station, dock = docked
    answer = await station.http.post("/hello", content=body)
    assert answer.status_code == 400 and code(answer) in ("json", "field")
    assert dock.state.state(0) == "idle"


@pytest.mark.parametrize(
    "range_", ["", "bytes=0-", "bytes=-5", "bytes=5-4", "bytes=0-99999999", "bytes=0-1,3-4", "lines=0-1"]
)
async def test_media_need_one_range_that_exists(filmed, docked, range_):
    station, _dock = docked
    await station.open()
    headers = {"Range": range_} if range_ else {}
    answer = await station.http.get(f"/recordings/{filmed.lives[0].recording}/media", headers=headers)
    assert (answer.status_code, code(answer)) == (416, "range")


@pytest.mark.parametrize(
    "name",
    [
        "0",
        "01a20d47-02d2-72d6-bcb7-aa8c0b352488",
        "..%2f..%2fevidence.key",
        "%2e%2e",
        "01A20D47-02D2-72D6-BCB7-AA8C0B352488",
        "a" * 5000,
    ],
)
async def test_a_name_that_is_no_recording_of_ours(docked, name):
    station, _dock = docked
    await station.open()
    for what in ("journal", "media"):
        answer = await station.http.get(f"/recordings/{name}/{what}", headers={"Range": "bytes=0-1"})
        assert answer.status_code == 404 and code(answer) in ("unknown-recording", "unknown-request")


async def test_a_recording_that_was_erased_is_not_there(world, filmed, docked):
    station, _dock = docked
    await station.open()
    life = filmed.lives[0]
    assert code(await station.http.post("/receipt", content=receipt(world, life))) == ""
    filmed.recorder.space.erase(life.recording)
    for what in ("journal", "media"):
        answer = await station.http.get(
            f"/recordings/{life.recording}/{what}", headers={"Range": "bytes=0-1"}
        )
        assert code(answer) == "unknown-recording"


async def test_a_recording_that_is_still_open_is_not_given(world, filmed, docked):
    station, _dock = docked
    filmed.logbook.write("recording-opened", id="01a20d47-02d2-72d6-bcb7-aa8c0b352488")
    folder = world.home.recordings / "01a20d47-02d2-72d6-bcb7-aa8c0b352488"
    folder.mkdir()
    (folder / "journal.jws").write_bytes(b"half")
    await station.open()
    assert len(station.hello.recordings) == 1
    assert code(await station.http.get(f"/recordings/{folder.name}/journal")) == "unknown-recording"


async def test_an_unknown_request(docked):
    station, _dock = docked
    assert code(await station.http.get("/evidence.key")) == "unknown-request"
    assert code(await station.http.get("/hello")) == "unknown-request"


async def test_the_clock_takes_no_large_step(world, docked):
    station, _dock = docked
    await station.open()
    before = types(world)
    for minutes in (6, -6):
        at = format_time(datetime.now(UTC) + timedelta(minutes=minutes))
        answer = await station.http.post("/clock", content=json.dumps({"station_at": at, "source": "x"}))
        assert code(answer) == "clock-step"
    assert code(await station.http.post("/clock", content=b'{"station_at":"now","source":"x"}')) == "field"
    assert types(world) == before


async def test_many_small_steps_of_the_clock_are_one_large_one(world, filmed, docked):
    station, _dock = docked
    await station.open()
    codes = []
    for minutes in (4, 8, 4.5):
        at = format_time(datetime.now(UTC) + timedelta(minutes=minutes))
        answer = await station.http.post("/clock", content=json.dumps({"station_at": at, "source": "x"}))
        codes.append(code(answer))
    assert codes == ["", "clock-step", ""]


async def test_the_clock_is_set_three_times_in_a_docking(world, filmed, docked):
    """A station must not fill the logbook, which is kept for life."""
    station, _dock = docked
    await station.open()
    codes = []
    for _ in range(CLOCK_SETS + 2):
        body = json.dumps({"station_at": format_time(datetime.now(UTC)), "source": "ntp"})
        codes.append(code(await station.http.post("/clock", content=body)))
    assert codes == [""] * 3 + ["clock-step"] * 2
    await station.open()
    assert code(await station.http.post("/clock", content=body)) == "clock-step", (
        "a new greeting is no new docking"
    )
    assert types(world).count("clock-set") == 3


async def test_open_outlives_a_lost_link_by_a_minute(world, filmed):
    now = [1000.0]
    dock = filmed.dock(now_s=lambda: now[0])
    async with served(world, dock) as url:
        station = Station(world, url)
        await station.open()
        dock.disconnected()
        now[0] += 59
        assert code(await station.http.get("/logbook?from=0")) == ""
        now[0] += 300
        assert code(await station.http.get("/logbook?from=0")) == "", "the link is there again"
        dock.disconnected()
        now[0] += 61
        assert code(await station.http.get("/logbook?from=0")) == "no-handover"
        await station.close()


async def test_a_link_that_closes_is_noticed(world, filmed, monkeypatch):
    monkeypatch.setattr("zhilu.recorder.dock_http.SWEEP_S", 0.05)
    dock = filmed.dock()
    async with served(world, dock) as url:
        station = Station(world, url)
        await station.open()
        await asyncio.sleep(0.2)
        assert dock.state._alone_since_s is None
        await station.close()
        async with asyncio.timeout(60):
            while dock.state._alone_since_s is None:
                await asyncio.sleep(0.02)


@pytest.mark.parametrize("who", ["foreign", "wrong role", "revoked", "none"])
async def test_whoever_is_no_station_of_this_bureau_ends_at_the_handshake(world, filmed, tmp_path, who):
    revoked = world.member("station")
    if who == "revoked":
        from zhilu.pki import tls

        world.authority.revoke(tls.peer_kid(tls.own_der(revoked[0])), "lost", datetime.now(UTC))
        world.home.file("crl.pem").write_bytes((world.authority.folder / "crl.pem").read_bytes())
    certificate = {
        "foreign": lambda: World(tmp_path / "other", "qinghe").member("station"),
        "wrong role": lambda: world.member("server"),
        "revoked": lambda: revoked,
        "none": lambda: None,
    }[who]()
    async with served(world, filmed.dock()) as url:
        if certificate is None:
            async with httpx.AsyncClient(verify=False, timeout=60) as http:
                with pytest.raises(httpx.HTTPError):
                    await http.post(f"{url}/hello", content=hello_request(bytes(32)))
        else:
            station = Station(world, url, certificate)
            with pytest.raises(httpx.HTTPError):
                await station.http.post("/hello", content=hello_request(bytes(32)))
            await station.close()
