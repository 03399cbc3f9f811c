"""Each refusal of a handover (spec/docking.md §4) by its code, over real TLS."""

import dataclasses
import json
import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from support.dock_world import Station, code, served, types
from support.recorder_world import ORIGIN, RP_ID
from zhilu.encoding import b64u, unb64u
from zhilu.protocols.docking_handover import handover_digest, station_signature
from zhilu.sealed.keys import SoftSigner
from zhilu.softkey import SoftKey

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


async def test_a_nonce_older_than_two_minutes(world, filmed):
    now = [1000.0]
    dock = filmed.dock(now_s=lambda: now[0])
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
        lambda digest: {"station": station_signature(stranger, digest, "key")},
        lambda digest: {"station": station_signature(stranger, digest, "key"), "station_jwk": stranger.jwk},
        lambda digest: {"station": station_signature(world.station, secrets.token_bytes(32), "key")},
        lambda digest: {"station": station_signature(world.station, digest, "fprintd+key")},
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


def demand(world, dock, least):
    """An assignment that demands this check, as if the ledger had said so."""
    taken = dock._adopted._held["recorder-assigned/1"]
    core = world.assigned_core(officer_check_least=least)
    dock._adopted._held["recorder-assigned/1"] = dataclasses.replace(
        taken, entry=dataclasses.replace(taken.entry, core=core)
    )


@pytest.mark.parametrize(
    ("check", "least"),
    [("fprintd", "key"), ("fprintd", "fprintd+key"), ("key", "fprintd+key"), ("none", "key")],
)
async def test_an_officer_check_weaker_than_demanded(world, docked, check, least):
    station, dock = docked
    demand(world, dock, least)
    await station.greet()
    alone = {"assertion": None} if check == "fprintd" else {}
    request = station.request(station.compose(), check=check, **alone)
    assert code(await station.http.post("/handover", content=request)) == "officer-check"


async def test_a_finger_alone_is_enough_where_the_assignment_says_so(world, docked):
    station, dock = docked
    demand(world, dock, "fprintd")
    for check, assertion in (("fprintd", {}), ("key", None), ("fprintd+key", None)):
        await station.greet()
        request = station.request(station.compose(), check=check, assertion=assertion)
        assert code(await station.http.post("/handover", content=request)) == "officer-check"
    await station.greet()
    request = station.request(station.compose(), check="fprintd", assertion=None)
    assert code(await station.http.post("/handover", content=request)) == ""
    assert types(world)[-1] == "docked" and not world.home.file("sign-counts.json").exists()


async def test_a_check_swapped_on_the_way_for_a_stronger_one(world, docked):
    """The station says that it saw a finger only; somebody after it says that the key was touched too."""
    station, dock = docked
    demand(world, dock, "fprintd+key")
    await station.greet()
    handover = station.compose()
    weak = station_signature(world.station, handover_digest(handover), "key")
    request = station.request(handover, check="fprintd+key", station=weak)
    assert code(await station.http.post("/handover", content=request)) == "station-signature"


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
