"""Whom and what the station refuses: foreign devices, wrong bays, wrong officers, lying recorders."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.station_world import CLERK, PATIENCE_S, Bureau, Cable, Device, eventually, random_media
from zhilu.encoding import unb64u
from zhilu.protocols import docking_messages as messages
from zhilu.recorder import dock as recorder_dock
from zhilu.recorder.dock import Dock
from zhilu.softkey.ceremonies import Holder
from zhilu.station import dock
from zhilu.station.config import Bay


def spooled(bureau: Bureau) -> list[str]:
    spool = bureau.station_path / "spool"
    return [path.name for path in spool.iterdir() if (path / "state.json").exists()]


async def refused_with(bureau: Bureau, device: Device, code: str) -> None:
    """The device is refused with this code, on the screen and to the county, and nothing was taken or
    given.
    """
    before = device.lines()
    async with bureau.station() as kiosk, device.docked() as docked:
        bay = await kiosk.until("refused")
        assert bay["message"] == code
        await eventually(lambda: bool(bureau.county.alarms))
        # However often it is tried: one alarm.
        await asyncio.sleep(0.8)
        (alarm,) = (await kiosk.state())["alarms"]
        assert (alarm["code"], alarm["bay"]) == (code, 1)
        assert [(told["code"], told["bay"]) for told in bureau.county.alarms] == [(code, 1)]
        assert bureau.county.alarms[0]["presented"] == alarm["detail"] != ""
        assert (await kiosk.post("/api/bays/1/ceremony", {})).json()["error"] == "not-waiting"
        answer = await kiosk.post(f"/api/alarms/{alarm['id']}/confirmed", {})
        (alarm,) = (await kiosk.state())["alarms"]
        assert answer.status_code == 200 and alarm["state"] == "confirmed" and not alarm["ended"]
        # Looked at and taken out: off the screen.
        await docked.pull_out()
        await eventually(lambda: kiosk.station.alarms.shown() == [])
    # boot and storage only: no `docked`, nothing given.
    assert [line["type"] for line in device.lines()[len(before) :]] == ["boot", "storage"]
    assert spooled(bureau) == []


async def test_a_recorder_of_another_bureau_ends_at_the_handshake(bureau: Bureau, tmp_path: Path) -> None:
    bureau.recorder()
    other = Bureau(tmp_path / "other")
    foreign = other.recorder()
    foreign.record(b"x")
    foreign.port = bureau.ports[0]
    await refused_with(bureau, foreign, "foreign")


async def test_a_certificate_of_another_role_ends_at_the_handshake(bureau: Bureau) -> None:
    device = bureau.recorder()
    request = device.home.file("tls.csr").read_bytes()
    device.home.file("tls.crt").write_bytes(bureau.authority.issue(request, "server", bureau.now()))
    await refused_with(bureau, device, "role")


async def test_a_revoked_certificate_ends_at_the_handshake(bureau: Bureau) -> None:
    device = bureau.recorder()
    bureau.authority.revoke(device.kid, "lost", bureau.now())
    shutil.copy(bureau.authority.folder / "crl.pem", bureau.station_path / "crl.pem")
    await refused_with(bureau, device, "revoked")


async def test_a_revocation_reaches_the_station_by_its_snapshot(bureau: Bureau) -> None:
    device = bureau.recorder()
    async with bureau.station() as kiosk:
        await eventually(lambda: (bureau.station_path / "snapshot.json").exists())
        bureau.authority.revoke(device.kid, "lost", bureau.now())
        await kiosk.station.snapshots.renew()
        async with device.docked():
            assert (await kiosk.until("refused"))["message"] == "revoked"


@pytest.mark.parametrize(
    ("without", "code"), [("recorder-enrolled/1", "unknown-recorder"), ("recorder-assigned/1", "unassigned")]
)
async def test_a_recorder_that_the_ledger_does_not_know_is_refused(
    bureau: Bureau, without: str, code: str
) -> None:
    device = bureau.recorder()
    whole = bureau.snapshot
    bureau.snapshot = lambda: whole(without=without)  # type: ignore[method-assign]
    await refused_with(bureau, device, code)


async def test_a_recorder_revoked_in_the_ledger_is_refused(bureau: Bureau) -> None:
    device = bureau.recorder()
    core = {"kid": device.kid, "since": "2026-11-24T00:00:00.000Z", "reason": "lost"}
    bureau.ledger.append("device-revoked/1", core)
    await refused_with(bureau, device, "revoked")


@pytest.mark.parametrize("where", ["other station", "other bay", "assignment"])
async def test_a_recorder_in_the_wrong_bay_is_refused(bureau: Bureau, where: str) -> None:
    device = bureau.recorder()
    if where == "other station":
        bureau.bind(device.kid, 1, station="x" * 43)
    elif where == "other bay":
        bureau.bind(device.kid, 2)
    else:
        bureau.assign(device.kid, 2, device.officer)
    await refused_with(bureau, device, "bay")


async def test_moved_to_this_bay_it_is_taken_at_once(bureau: Bureau) -> None:
    """The snapshot is asked for anew before a no."""
    device = bureau.recorder()
    bureau.bind(device.kid, 2)
    async with bureau.station() as kiosk, device.docked():
        await kiosk.until("refused")
        bureau.bind(device.kid, 1)
        await kiosk.until("waiting-officer")


async def test_a_recorder_that_does_not_accept_the_station_is_said_to(bureau: Bureau) -> None:
    device = bureau.recorder()
    bureau.authority.revoke(bureau.station_kid, "stolen", bureau.now())
    crl = (bureau.authority.folder / "crl.pem").read_bytes()
    async with bureau.station() as kiosk, device.docked(crl=crl):
        assert (await kiosk.until("refused"))["message"] == "refused-us"
        await eventually(lambda: bool(bureau.county.alarms))


async def test_pulled_out_while_it_is_greeted_is_no_refusal(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = bureau.recorder()
    cables: list[Cable] = []
    cut: list[asyncio.Future[None]] = []
    looked, presented = asyncio.Event(), dock.presented

    def leaving(dock: Dock) -> Liar:
        def hello(peer: bytes, body: bytes) -> bytes:
            if cables:
                cut.append(asyncio.ensure_future(cables.pop().cut()))
            return dock.hello(peer, body)

        return Liar(dock, hello=hello)

    async def looking(spec: Bay) -> str:
        try:
            return await presented(spec)
        finally:
            looked.set()

    monkeypatch.setattr(dock, "presented", looking)
    async with bureau.station() as kiosk, device.docked(leaving) as docked:
        cables.append(docked.cable)
        await asyncio.wait_for(looked.wait(), PATIENCE_S)
        await docked.put_back()
        await kiosk.until("waiting-officer")
        assert kiosk.station.alarms.shown() == []


async def test_a_docked_line_over_another_handover_is_refused(bureau: Bureau) -> None:
    device = bureau.recorder()
    device.record(b"x")

    def another(dock: Dock) -> Liar:
        def handover(peer: bytes, body: bytes) -> bytes:
            dock.handover(peer, body)
            line = dock._logbook.write(
                "docked", handover="0" * 64, station_nonce="A" * 43, checkpoint="0" * 64
            )
            return messages.line_answer("docked", line)

        return Liar(dock, handover=handover)

    async with bureau.station() as kiosk, device.docked(another):
        await kiosk.until("waiting-officer")
        answer = await kiosk.hand_over(device.officer)
        assert (answer.status_code, answer.json()["error"]) == (403, "fork")
        await asyncio.sleep(0.5)
    assert spooled(bureau) == []


# -- the officer


async def test_the_key_of_another_officer_hands_nothing_over(bureau: Bureau) -> None:
    device = bureau.recorder()
    other = Holder.new(CLERK, device.officer.rp_id, device.officer.origin)
    async with bureau.station() as kiosk, device.docked():
        await kiosk.until("waiting-officer")
        answer = await kiosk.hand_over(other)
        assert (answer.status_code, answer.json()["error"]) == (403, "credential")
        # The right one may follow at once.
        assert (await kiosk.hand_over(device.officer)).status_code == 200


async def test_an_old_assertion_opens_no_new_handover(bureau: Bureau) -> None:
    device = bureau.recorder()
    async with bureau.station() as kiosk, device.docked():
        await kiosk.until("waiting-officer")
        old = device.officer.sign(unb64u((await kiosk.begin())["challenge"]))
        await kiosk.begin()
        answer = await kiosk.post("/api/bays/1/assertion", old)
        assert (answer.status_code, answer.json()["error"]) == (403, "assertion")
        # And a ceremony that failed is over.
        again = await kiosk.post("/api/bays/1/assertion", old)
        assert (again.status_code, again.json()["error"]) == (409, "no-ceremony")
    assert "docked" not in device.types()


async def test_a_copied_key_is_refused_by_the_recorder(bureau: Bureau) -> None:
    device = bureau.recorder()
    async with bureau.station() as kiosk:
        async with device.docked() as docked:
            await kiosk.until("waiting-officer")
            asked = unb64u((await kiosk.begin())["challenge"])
            first = device.officer.sign(asked)
            assert (await kiosk.post("/api/bays/1/assertion", first)).status_code == 200
            await docked.undocked()
        # The copy knows nothing of the last use.
        device.officer.key.sign_count -= 1
        async with device.docked():
            await kiosk.until("waiting-officer")
            answer = await kiosk.hand_over(device.officer)
            assert answer.json()["error"] == "sign-count"


async def test_one_ceremony_at_a_time(tmp_path: Path) -> None:
    bureau = Bureau(tmp_path, bays=2)
    one, two = bureau.recorder(1), bureau.recorder(2, "XT-0002", CLERK)
    async with bureau.station() as kiosk, one.docked(), two.docked():
        await kiosk.until("waiting-officer", number=1)
        await kiosk.until("waiting-officer", number=2)
        asked = await kiosk.begin(1)
        assert asked["handover"]["bay"] == 1
        busy = await kiosk.post("/api/bays/2/ceremony", {})
        assert (busy.status_code, busy.json()["error"]) == (409, "busy")
        # The officer of bay 2 cannot sign bay 1's handover with his own key.
        answer = await kiosk.post("/api/bays/1/assertion", two.officer.sign(unb64u(asked["challenge"])))
        assert answer.json()["error"] == "credential"
        assert (await kiosk.hand_over(two.officer, 2)).status_code == 200


# -- recorders that lie


class Liar:
    """The recorder's dock, one of its answers bent. The rest is true, so that only this can be the reason."""

    def __init__(self, dock: Dock, **bent: Any) -> None:
        self._dock = dock
        for name, value in bent.items():
            setattr(self, name, value)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dock, name)


def lies_about(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> None:
    """What the recorder says of its recordings in the hello and holds itself to in the handover."""
    held = recorder_dock.held

    def bent(*args: Any) -> tuple[messages.Held, ...]:
        return tuple(
            replace(one, **{name: change(one) for name, change in changed.items()}) for one in held(*args)
        )

    monkeypatch.setattr(recorder_dock, "held", bent)


async def damaged(bureau: Bureau, device: Device, code: str, wrap: Any = lambda dock: dock) -> None:
    """The first recording is refused with this code and stays on the recorder; the second is cleared."""
    async with bureau.station() as kiosk, device.docked(wrap):
        await kiosk.until("waiting-officer")
        assert (await kiosk.hand_over(device.officer)).status_code == 200
        fault = await kiosk.until("fault")
        assert fault["message"] == code
        assert [alarm["code"] for alarm in (await kiosk.state())["alarms"]] == [code]
        await eventually(lambda: bool(bureau.county.alarms))
        # It is not tried again and again.
        lines = len(device.lines())
        await asyncio.sleep(0.5)
        assert len(device.lines()) == lines


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("lines", lambda one: one.lines + 1),
        ("lines", lambda one: one.lines - 1),
        ("last", lambda one: "0" * 64),
        ("length", lambda one: one.length + 1),
        ("length", lambda one: one.length - 1),
        ("segments", lambda one: one.segments + 1),
    ],
)
async def test_a_journal_other_than_announced_is_refused(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch, field: str, change: Any
) -> None:
    device = bureau.recorder()
    device.record(*random_media(2, 1000))
    lies_about(monkeypatch, **{field: change})
    await damaged(bureau, device, "closed-as")
    assert bureau.county.recordings == {}


async def test_a_segment_that_is_not_the_journals_is_refused_and_the_others_are_cleared(
    bureau: Bureau,
) -> None:
    device = bureau.recorder()
    bad, good = device.record(*random_media(3, 5000)), device.record(*random_media(1, 5000))
    media = device.home.recording(bad) / "media.sealed"
    with media.open("r+b") as file:
        file.seek(9000)
        file.write(b"!!!!")
    await damaged(bureau, device, "segment-hash")
    assert device.home.recording(bad).exists() and not device.home.recording(good).exists()
    assert set(bureau.county.recordings) == {str(good)}
    # The county is told which one, so that it can say what is missing from when to when.
    (told,) = [alarm for alarm in bureau.county.alarms if alarm["kind"] == "recording-refused"]
    assert (told["recording"], told["recorder"]) == (str(bad), device.kid)
    assert told["code"] == "segment-hash"


async def test_media_that_end_too_early_are_not_taken_over(bureau: Bureau) -> None:
    device = bureau.recorder()
    recording = device.record(*random_media(3, 5000))
    media = device.home.recording(recording) / "media.sealed"
    with media.open("r+b") as file:
        file.truncate(9000)
    await damaged(bureau, device, "range")


async def test_the_journal_of_another_recording_is_refused(bureau: Bureau) -> None:
    device = bureau.recorder()
    first, second = device.record(b"x" * 100), device.record(b"y" * 100)
    journal = device.home.recording(first) / "journal.jws"
    shutil.copy(device.home.recording(second) / "journal.jws", journal)
    await damaged(bureau, device, "id")


async def test_a_journal_altered_on_the_recorder_is_refused(bureau: Bureau) -> None:
    device = bureau.recorder()
    recording = device.record(*random_media(2, 1000))
    journal = device.home.recording(recording) / "journal.jws"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([lines[0], lines[2], lines[1], *lines[3:]]))
    await damaged(bureau, device, "sequence")


async def test_a_journal_without_end_is_cut_off(bureau: Bureau) -> None:
    device = bureau.recorder()
    recording = device.record(b"x" * 100)
    journal = device.home.recording(recording) / "journal.jws"
    with journal.open("ab") as file:
        file.truncate(10 * 2**30)  # a sparse file: zeros without a line feed
    await damaged(bureau, device, "line-too-long")


async def test_a_logbook_without_end_is_cut_off(bureau: Bureau) -> None:
    device = bureau.recorder()
    device.record(b"x" * 100)

    def endless(dock: Dock) -> Liar:
        def logbook(peer: bytes, start: int) -> Iterator[bytes]:
            yield from dock.logbook(peer, start)
            while True:
                yield b"A" * 65_536

        return Liar(dock, logbook=logbook)

    async with bureau.station() as kiosk, device.docked(endless):
        await kiosk.until("waiting-officer")
        await kiosk.hand_over(device.officer)
        assert (await kiosk.until("fault"))["message"] == "line-too-long"


async def logbook_at_the_county(bureau: Bureau, device: Device) -> bytes:
    """Once the county holds all that the station holds of it."""
    held = (bureau.station_path / "spool" / device.kid / "logbook.jws").read_bytes()
    await eventually(lambda: bureau.county.logbooks.get(device.kid) == held)
    return held


async def test_a_recorder_that_tells_two_lives_goes_to_quarantine(bureau: Bureau) -> None:
    """Its storage was set back to yesterday and went on from there."""
    device = bureau.recorder()
    device.record(b"x" * 100)
    yesterday = bureau.folder / "yesterday"
    shutil.copytree(device.home.folder, yesterday)
    async with bureau.station() as kiosk:
        async with device.docked() as docked:
            await kiosk.until("waiting-officer")
            await kiosk.hand_over(device.officer)
            await docked.undocked()
        held = await logbook_at_the_county(bureau, device)
        shutil.rmtree(device.home.folder)
        shutil.copytree(yesterday, device.home.folder)
        other = device.record(b"y" * 100)
        async with device.docked():
            await kiosk.until("waiting-officer")
            await kiosk.hand_over(device.officer)
            assert (await kiosk.until("fault", "refused"))["message"] == "fork"
            quarantine = bureau.station_path / "spool" / "quarantine" / device.kid
            assert (quarantine / str(other) / "media.sealed").exists()
            assert (quarantine / device.kid / "logbook.jws").exists()
            # From now on it is refused before anybody is asked.
            await kiosk.until("refused")
        await eventually(lambda: "fork" in [alarm["code"] for alarm in bureau.county.alarms])
    assert str(other) not in bureau.county.recordings
    assert bureau.county.logbooks[device.kid] == held
    assert "cleared" not in device.types()


async def test_a_recorder_that_was_set_back_is_found_before_it_has_written_much(bureau: Bureau) -> None:
    """Its logbook is shorter than the station's copy: its `docked` line is not the one that is held."""
    device = bureau.recorder()
    yesterday = bureau.folder / "yesterday"
    shutil.copytree(device.home.folder, yesterday)
    device.record(b"x" * 100)
    async with bureau.station() as kiosk:
        async with device.docked() as docked:
            await kiosk.until("waiting-officer")
            await kiosk.hand_over(device.officer)
            await docked.undocked()
        held = await logbook_at_the_county(bureau, device)
        shutil.rmtree(device.home.folder)
        shutil.copytree(yesterday, device.home.folder)
        async with device.docked():
            await kiosk.until("waiting-officer")
            await kiosk.hand_over(device.officer)
            assert (await kiosk.until("fault", "refused"))["message"] == "fork"
        await eventually(lambda: "fork" in [alarm["code"] for alarm in bureau.county.alarms])
    assert bureau.county.logbooks[device.kid] == held
    assert len(device.lines()) < held.count(b"\n")


async def test_a_county_that_holds_another_life_gets_the_whole_copy_once(bureau: Bureau) -> None:
    """This station never saw the recorder before it was set back; the county did."""
    device = bureau.recorder()
    yesterday = bureau.folder / "yesterday"
    shutil.copytree(device.home.folder, yesterday)
    device.record(b"x" * 100)
    held = device.home.logbook.read_bytes()
    shutil.rmtree(device.home.folder)
    shutil.copytree(yesterday, device.home.folder)
    device.record(b"y" * 100)
    device.record(b"z" * 100)
    bureau.county.logbooks[device.kid] = held
    async with bureau.station() as kiosk, device.docked():
        await kiosk.until("waiting-officer")
        await kiosk.hand_over(device.officer)
        await eventually(lambda: bureau.county.starts.count(held.count(b"\n")) > 1)
    assert bureau.county.starts.count(0) == 1
    assert bureau.county.logbooks[device.kid] == held
    assert "cleared" not in device.types()
