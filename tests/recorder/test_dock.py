"""The recorder's side of spec/docking.md over real TLS: what it gives, and each refusal by its code."""

import dataclasses
import hashlib
import json
import secrets
import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from support.dock_world import Recorded, Station, code, served
from support.recorder_world import ORIGIN, RP_ID, World
from zhilu.encoding import b64u, format_time, unb64u
from zhilu.protocols.docking_handover import handover_digest, station_signature
from zhilu.protocols.docking_messages import EntriesRequest, ReceiptRequest, hello_request
from zhilu.recorder.logbook import read_lines
from zhilu.sealed.keys import SoftSigner, load_jwk
from zhilu.sealed.logbook import read_logbook
from zhilu.softkey import SoftKey


@pytest.fixture
def recorded(world):
    return Recorded(world)


@pytest.fixture
async def docked(world, recorded):
    """(station before any step, dock)"""
    dock = recorded.dock()
    async with served(world, dock) as url:
        station = Station(world, url)
        yield station, dock
        await station.close()


def types(world):
    reader = read_logbook(read_lines(world.home.logbook), load_jwk(world.signer.jwk), world.signer.kid)
    assert not [finding for finding in reader.findings if finding.defect]
    return [
        json.loads(unb64u(line.split(b".")[1].decode()))["type"] for line in read_lines(world.home.logbook)
    ]


async def everything(station, recording):
    """The codes that each request for content or change gets."""
    http = station.http
    return [
        code(answer)
        for answer in (
            await http.get("/logbook?from=0"),
            await http.get(f"/recordings/{recording}/journal"),
            await http.get(f"/recordings/{recording}/media", headers={"Range": "bytes=0-99"}),
            await http.post("/receipt", content=b"{}"),
            await http.post("/entries", content=b"{}"),
            await http.post("/clock", content=b"{}"),
        )
    ]


# -- the road


async def test_after_a_handover_the_station_collects_every_byte(world, recorded, docked):
    station, _dock = docked
    hello = await station.greet()
    life = recorded.lives[0]
    assert [held.id for held in hello.recordings] == [life.recording]
    answer = await station.hand_over()
    line = json.loads(answer.content)["docked"].encode()
    assert hashlib.sha256(line).hexdigest() == recorded.logbook.head
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


async def test_a_receipt_clears_and_only_then_bytes_may_go(world, recorded):
    dock = recorded.dock(erase_now=True)
    life = recorded.lives[0]
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


async def test_without_erase_now_the_bytes_stay_until_space_is_needed(world, recorded, docked):
    station, _dock = docked
    life = recorded.lives[0]
    await station.open()
    assert code(await station.http.post("/receipt", content=receipt(world, life))) == ""
    assert world.home.recording(life.recording).exists()
    recorded.recorder.space._usage = lambda folder: (0, 1)
    assert not recorded.recorder.space.enough()
    assert not world.home.recording(life.recording).exists()


async def test_a_receipt_sent_twice_gets_the_same_line(world, recorded, docked):
    station, _dock = docked
    await station.open()
    life = recorded.lives[0]
    index = world.ledger.add("recording-stored/1", world.stored_core(life))
    bodies = (receipt(world, life, index=index), receipt(world, life, index=index, consistency=[]))
    answers = [(await station.http.post("/receipt", content=body)).content for body in bodies]
    assert answers[0] == answers[1] and b"cleared" in answers[0]
    assert types(world).count("cleared") == 1


async def test_entries_of_the_ledger_change_the_duty(world, recorded, docked):
    station, dock = docked
    await station.open()
    other = str(uuid.uuid4())
    index = world.ledger.add("recorder-assigned/1", world.assigned_core(officer=other))
    assert code(await station.http.post("/entries", content=entries(world, [index]))) == ""
    assert dock._adopted.duty.officer == other
    assert types(world)[-1] == "assigned"


async def test_the_clock_is_set_by_the_station(world, recorded, docked):
    station, _dock = docked
    await station.open()
    ahead = format_time(datetime.now(UTC) + timedelta(minutes=4))
    body = json.dumps({"station_at": ahead, "source": "ntp"})
    assert code(await station.http.post("/clock", content=body)) == ""
    assert timedelta(minutes=3) < recorded.clock.now() - datetime.now(UTC) < timedelta(minutes=5)
    assert types(world)[-1] == "clock-set"
    assert abs(int(world.home.file("clock-offset").read_text()) - 240_000_000) < 5_000_000


async def test_undocking_ends_it_and_names_the_last_line(world, recorded, docked):
    station, dock = docked
    await station.open()
    answer = await station.http.post("/undock", content=b"{}")
    assert json.loads(answer.content) == {"n": recorded.logbook.n, "head": recorded.logbook.head}
    assert dock.state.state(0) == "idle"


# -- nothing before a handover


async def test_a_station_with_a_valid_certificate_gets_nothing_before_a_handover(recorded, docked):
    station, _dock = docked
    recording = recorded.lives[0].recording
    assert await everything(station, recording) == ["no-handover"] * 6
    await station.greet()
    assert await everything(station, recording) == ["no-handover"] * 6
    assert code(await station.hand_over(officer=str(uuid.uuid4()))) == "officer"
    assert await everything(station, recording) == ["no-handover"] * 6


async def test_another_station_gets_nothing_while_the_dock_is_open(world, recorded, docked):
    station, _dock = docked
    await station.open()
    other = Station(world, str(station.http.base_url), world.member("station"))
    assert await everything(other, recorded.lives[0].recording) == ["no-handover"] * 6
    assert code(await other.http.post("/undock", content=b"{}")) == ""
    assert code(await station.http.get("/logbook?from=0")) == "", "the other station ended nothing"
    await other.close()


async def test_a_second_handover(docked):
    station, _dock = docked
    await station.greet()
    assert code(await station.hand_over()) == ""
    body = station.request(station.compose())
    assert code(await station.http.post("/handover", content=body)) == "already-open"


async def test_not_greeted(docked):
    station, _dock = docked
    assert code(await station.http.post("/handover", content=b"{}")) == "not-greeted"


# -- each refusal of a handover


WRONG = {
    "bureau": ({"bureau": "qinghe"}, "handover"),
    "station": ({"station": "A" * 43}, "bay"),
    "bay": ({"bay": 2}, "bay"),
    "recorder": ({"recorder": "A" * 43}, "recorder"),
    "officer": ({"officer": "somebody"}, "officer"),
    "n": ({"n": 3}, "head"),
    "head": ({"head": "ab" * 32}, "head"),
    "recordings": ({"recordings": ()}, "head"),
    "station nonce": ({"station_nonce": bytes(32)}, "nonce"),
    "recorder nonce": ({"recorder_nonce": bytes(32)}, "nonce"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_field_is_refused_and_ends_the_greeting(world, docked, name):
    station, dock = docked
    before = types(world)
    await station.greet()
    changed, wanted = WRONG[name]
    assert code(await station.hand_over(**changed)) == wanted
    assert dock.state.state(0) == "idle"
    assert code(await station.hand_over()) == "not-greeted", "nonces are used once"
    assert types(world) == before


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"handover":"!"}', b'{"handover":"e30","station":1}'])
async def test_a_body_that_is_none_ends_the_greeting_too(docked, body):
    station, dock = docked
    await station.greet()
    assert code(await station.http.post("/handover", content=body)) == "handover"
    assert dock.state.state(0) == "idle"


@pytest.mark.parametrize(
    "handover", [b"{}", b"\xef\xbb\xbf{}", b'{"bay":1,"bay":1}', b"null", b"{" * 30], ids=range(5)
)
async def test_a_handover_that_is_no_strict_json(docked, handover):
    station, _dock = docked
    await station.greet()
    assert code(await station.http.post("/handover", content=station.request(handover))) == "handover"


async def test_a_nonce_older_than_two_minutes(world, recorded):
    now = [1000.0]
    dock = recorded.dock(now_s=lambda: now[0])
    async with served(world, dock) as url:
        station = Station(world, url)
        await station.greet()
        now[0] += 121
        assert code(await station.hand_over()) == "nonce"
        await station.greet()
        now[0] += 119
        assert code(await station.hand_over()) == ""
        await station.close()


async def test_a_handover_replayed_after_a_new_greeting(docked):
    station, _dock = docked
    await station.greet()
    body = station.request(station.compose())
    await station.greet()
    assert code(await station.http.post("/handover", content=body)) == "nonce"


async def test_the_stations_signature(world, docked):
    station, _dock = docked
    stranger = SoftSigner(ec.generate_private_key(ec.SECP256R1()))
    for changed in (
        lambda digest: {"station": station_signature(stranger, digest)},
        lambda digest: {"station": station_signature(stranger, digest), "station_jwk": stranger.jwk},
        lambda digest: {"station": station_signature(world.station, secrets.token_bytes(32))},
        lambda digest: {"station_jwk": {"kty": "EC"}},
        lambda digest: {"station": ""},
    ):
        await station.greet()
        handover = station.compose()
        request = station.request(handover, **changed(handover_digest(handover)))
        assert code(await station.http.post("/handover", content=request)) == "station-signature"


async def test_another_station_on_the_line_than_the_one_that_signed(world, docked):
    """A handover relayed: signed by the right station, brought by another one of the bureau."""
    station, _dock = docked
    other = Station(world, str(station.http.base_url), world.member("station"))
    await other.greet()
    assert code(await other.hand_over()) == "station"
    await other.close()


@pytest.mark.parametrize(
    ("check", "least"), [("fprintd", "key"), ("key", "fprintd+key"), ("none", "key"), ("fprintd", "fprintd")]
)
async def test_an_officer_check_weaker_than_demanded(world, docked, check, least):
    station, dock = docked
    taken = dock._adopted._held["recorder-assigned/1"]
    core = world.assigned_core(officer_check_least=least)
    dock._adopted._held["recorder-assigned/1"] = dataclasses.replace(
        taken, entry=dataclasses.replace(taken.entry, core=core)
    )
    await station.greet()
    request = station.request(station.compose(), check=check)
    assert code(await station.http.post("/handover", content=request)) == "officer-check"


async def test_a_security_key_that_is_not_the_officers(world, docked):
    station, _dock = docked
    await station.greet()
    handover = station.compose()
    stolen = SoftKey()
    stolen.create(RP_ID, ORIGIN, "somebody")
    assertion = stolen.assert_(handover_digest(handover), RP_ID, ORIGIN)
    request = station.request(handover, assertion=assertion)
    assert code(await station.http.post("/handover", content=request)) == "credential"
    await station.greet()
    handover = station.compose()
    assertion = stolen.assert_(handover_digest(handover), RP_ID, ORIGIN)
    borrowed = assertion | {"id": b64u(world.softkey.credentials[0].id)}
    request = station.request(handover, assertion=borrowed)
    assert code(await station.http.post("/handover", content=request)) == "assertion"


def _client_data(assertion, **changed):
    data = json.loads(unb64u(assertion["client_data_json"])) | changed
    return assertion | {"client_data_json": b64u(json.dumps(data).encode())}


@pytest.mark.parametrize(
    "change",
    [
        {"type": "webauthn.create"},
        {"challenge": b64u(bytes(32))},
        {"origin": "http://s2.dock.localhost:8620"},
        {"crossOrigin": True},
    ],
)
async def test_an_assertion_for_something_else(world, docked, change):
    station, _dock = docked
    await station.greet()
    handover = station.compose()
    assertion = _client_data(world.softkey.assert_(handover_digest(handover), RP_ID, ORIGIN), **change)
    request = station.request(handover, assertion=assertion)
    assert code(await station.http.post("/handover", content=request)) == "assertion"


async def test_an_assertion_for_another_handover(world, docked):
    """The officer touched the key for what the kiosk showed, the station sends something else."""
    station, _dock = docked
    await station.greet()
    shown = handover_digest(station.compose(deputy_reason="shown"))
    assertion = world.softkey.assert_(shown, RP_ID, ORIGIN)
    request = station.request(station.compose(), assertion=assertion)
    assert code(await station.http.post("/handover", content=request)) == "assertion"


async def test_a_counter_that_went_back(world, docked):
    station, _dock = docked
    world.softkey.sign_count = 100
    await station.open()
    world.softkey.sign_count = 50
    await station.greet()
    assert code(await station.hand_over()) == "sign-count"


# -- bodies, ranges, names


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
async def test_media_need_one_range_that_exists(recorded, docked, range_):
    station, _dock = docked
    await station.open()
    headers = {"Range": range_} if range_ else {}
    answer = await station.http.get(f"/recordings/{recorded.lives[0].recording}/media", headers=headers)
    assert (answer.status_code, code(answer)) == (416, "range")


@pytest.mark.parametrize(
    "name",
    [
        "0",
        str(uuid.uuid4()),
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


async def test_many_small_steps_of_the_clock_are_one_large_one(world, recorded, docked):
    station, _dock = docked
    await station.open()
    codes = []
    for minutes in (4, 8, 4.5):
        at = format_time(datetime.now(UTC) + timedelta(minutes=minutes))
        answer = await station.http.post("/clock", content=json.dumps({"station_at": at, "source": "x"}))
        codes.append(code(answer))
    assert codes == ["", "clock-step", ""]


# -- receipts and entries


def receipt(world, life, *, note=None, consistency=None, index=None, **changed):
    if index is None:
        index = world.ledger.add("recording-stored/1", world.stored_core(life, **changed))
    proof = world.ledger.prove(index, note or world.ledger.note())
    path = world.ledger.consistency(_held_size(world)) if consistency is None else consistency
    return ReceiptRequest(proof, tuple(path)).to_bytes()


def _held_size(world):
    from zhilu.tlog.checkpoint import parse
    from zhilu.tlog.note import Note

    return parse(Note.parse(world.home.file("checkpoint").read_bytes()).text).size


def entries(world, indices, **changed):
    note = changed.pop("note", None) or world.ledger.note()
    proofs = tuple(world.ledger.prove(index, note) for index in indices)
    path = changed.pop("consistency", None)
    path = world.ledger.consistency(_held_size(world)) if path is None else path
    return EntriesRequest(note, tuple(path), proofs).to_bytes()


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"recorder": "A" * 43}, "receipt-recorder"),
        ({"recording": str(uuid.uuid4())}, "receipt-recording"),
        ({"lines": 1}, "receipt-recording"),
        ({"last": "00" * 32}, "receipt-recording"),
        ({"segments": 99}, "receipt-recording"),
        ({"length": 1}, "receipt-recording"),
    ],
)
async def test_a_receipt_for_something_else_clears_nothing(world, recorded, docked, changed, wanted):
    station, _dock = docked
    await station.open()
    life = recorded.lives[0]
    assert code(await station.http.post("/receipt", content=receipt(world, life, **changed))) == wanted
    assert "cleared" not in types(world)
    assert world.home.recording(life.recording).exists()


async def test_a_receipt_that_is_not_cosigned_clears_nothing(world, recorded, docked):
    station, _dock = docked
    await station.open()
    life = recorded.lives[0]
    index = world.ledger.add("recording-stored/1", world.stored_core(life))
    body = receipt(world, life, index=index, note=world.ledger.note(cosigned=False))
    assert code(await station.http.post("/receipt", content=body)) == "quorum"
    assert "cleared" not in types(world)
    assert code(await station.http.post("/receipt", content=receipt(world, life, index=index))) == ""


async def test_a_receipt_of_another_ledger(world, recorded, docked, tmp_path):
    station, _dock = docked
    await station.open()
    other = World(tmp_path / "other")
    life = recorded.lives[0]
    index = other.ledger.add("recording-stored/1", world.stored_core(life))
    body = ReceiptRequest(other.ledger.prove(index, other.ledger.note()), ()).to_bytes()
    assert code(await station.http.post("/receipt", content=body)) == "note-signature"


async def test_a_receipt_that_does_not_extend_what_was_seen(world, recorded, docked):
    station, _dock = docked
    await station.open()
    life = recorded.lives[0]
    assert (
        code(await station.http.post("/receipt", content=receipt(world, life, consistency=[b"\x00" * 32])))
        == "consistency"
    )
    assert "cleared" not in types(world)


async def test_an_older_checkpoint_is_a_rollback(world, recorded, docked):
    station, _dock = docked
    await station.open()
    life = recorded.lives[0]
    index = world.ledger.add("recording-stored/1", world.stored_core(life))
    old = world.ledger.size
    note = world.ledger.note()
    proof = world.ledger.prove(index, note, old)
    newer = world.ledger.add("recorder-assigned/1", world.assigned_core())
    assert code(await station.http.post("/entries", content=entries(world, [newer]))) == ""
    body = ReceiptRequest(proof, ()).to_bytes()
    assert code(await station.http.post("/receipt", content=body)) == "rollback"


async def test_a_receipt_with_another_payload_or_place(world, recorded, docked):
    station, _dock = docked
    await station.open()
    life = recorded.lives[0]
    index = world.ledger.add("recording-stored/1", world.stored_core(life))
    proof = world.ledger.prove(index, world.ledger.note())
    path = tuple(world.ledger.consistency(_held_size(world)))
    for changed, wanted in (
        ({"core": proof.core + b" "}, "payload"),
        ({"salt": bytes(32)}, "payload"),
        ({"index": 0}, "inclusion"),
        ({"leaf": proof.leaf + b" "}, "inclusion"),
        ({"checkpoint": proof.checkpoint.replace(b"julu", b"xulu")}, "note-signature"),
    ):
        body = ReceiptRequest(dataclasses.replace(proof, **changed), path).to_bytes()
        assert code(await station.http.post("/receipt", content=body)) == wanted


async def test_another_kind_of_entry_is_no_receipt(world, recorded, docked):
    station, _dock = docked
    await station.open()
    body = receipt(world, recorded.lives[0], index=world.policy_index)
    assert code(await station.http.post("/receipt", content=body)) == "kind"


async def test_entries_are_taken_all_or_none(world, recorded, docked):
    station, dock = docked
    await station.open()
    before = types(world)
    good = world.ledger.add("policy-set/1", world.policy_core(version=2))
    for bad, wanted in (
        (world.ledger.add("recorder-assigned/1", world.assigned_core(recorder="A" * 43)), "recorder"),
        (world.ledger.add("person-added/1", {"person": "x"}), "kind"),
        (world.ledger.add("recorder-assigned/1", world.assigned_core(credentials=None)), "field"),
        (world.ledger.add("policy-set/1", {"version": 3}), "field"),
    ):
        assert code(await station.http.post("/entries", content=entries(world, [good, bad]))) == wanted
    assert dock._adopted.policy.version == 1
    assert types(world) == before


async def test_older_entries_are_passed_over(world, recorded, docked):
    station, dock = docked
    await station.open()
    older = world.ledger.add("recorder-assigned/1", world.assigned_core(officer="older"))
    newer = world.ledger.add("recorder-assigned/1", world.assigned_core(officer="newer"))
    assert code(await station.http.post("/entries", content=entries(world, [newer]))) == ""
    answer = await station.http.post("/entries", content=entries(world, [older]))
    assert json.loads(answer.content) == {"taken": 0}
    assert dock._adopted.duty.officer == "newer"


async def test_whoever_configures_a_recorder_cannot_make_himself_a_recipient(
    world, recorded, docked, tmp_path
):
    """A policy that the ledger does not hold: of a ledger of his own, or of the right one without its
    path."""
    station, dock = docked
    await station.open()
    his = World(tmp_path / "his")
    his.found()
    mine = his.ledger.add("policy-set/1", his.policy_core(version=9))
    body = EntriesRequest(his.ledger.note(), (), (his.ledger.prove(mine, his.ledger.note()),)).to_bytes()
    assert code(await station.http.post("/entries", content=body)) == "note-signature"
    note = world.ledger.note()
    forged = dataclasses.replace(his.ledger.prove(mine, note), path=world.ledger.prove(1, note).path, index=1)
    body = EntriesRequest(note, tuple(world.ledger.consistency(_held_size(world))), (forged,)).to_bytes()
    assert code(await station.http.post("/entries", content=body)) == "inclusion"
    assert dock._adopted.policy.version == 1


# -- lost links


async def test_open_outlives_a_lost_link_by_a_minute(world, recorded):
    now = [1000.0]
    dock = recorded.dock(now_s=lambda: now[0])
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


async def test_a_link_that_closes_is_noticed(world, recorded, monkeypatch):
    monkeypatch.setattr("zhilu.recorder.dock_http.SWEEP_S", 0.05)
    import asyncio

    dock = recorded.dock()
    async with served(world, dock) as url:
        station = Station(world, url)
        await station.open()
        await asyncio.sleep(0.2)
        assert dock.state._alone_since_s is None
        await station.close()
        await asyncio.sleep(0.3)
        assert dock.state._alone_since_s is not None


# -- the handshake


@pytest.mark.parametrize("who", ["foreign", "wrong role", "revoked", "none"])
async def test_whoever_is_no_station_of_this_bureau_ends_at_the_handshake(world, recorded, tmp_path, who):
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
    async with served(world, recorded.dock()) as url:
        if certificate is None:
            async with httpx.AsyncClient(verify=False) as http:
                with pytest.raises(httpx.HTTPError):
                    await http.post(f"{url}/hello", content=hello_request(bytes(32)))
        else:
            station = Station(world, url, certificate)
            with pytest.raises(httpx.HTTPError):
                await station.http.post("/hello", content=hello_request(bytes(32)))
            await station.close()
