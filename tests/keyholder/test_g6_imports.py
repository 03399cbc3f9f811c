"""G6, imports: the same road as for recordings, and a station's key opens no other (spec/viewing.md §5)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from support.hostile import ignored, impatient, keep_back, refused
from support.keyholder_world import BUREAU, Film, World, new_id
from zhilu.protocols.viewing import Span
from zhilu.sealed.keys import SoftSigner, load_jwk
from zhilu.sealed.lines import IMPORT, JOURNAL, Chain


def new_signer() -> SoftSigner:
    return SoftSigner(ec.generate_private_key(ec.SECP256R1()))


class Imported(Film):
    """A file that a station sealed; `typ` is what its lines are signed as."""

    typ = IMPORT

    def __init__(self, world: World, station: SoftSigner, id_: str | None = None) -> None:
        super().__init__(world, station, id_)
        self.fields |= {"origin": "import", "codec": "", "media": "video/quicktime"}

    def open_line(self, type_: str = "open", **changed: Any) -> bytes:
        fields = {**self.fields, **changed}
        return Chain(bytes(32)).next(self.recorder, self.typ, type_, datetime.now(UTC), 1, **fields)

    def core(self) -> dict[str, Any]:
        """Of `recording-imported/1`."""
        kept = (
            "recording",
            "lines",
            "last",
            "segments",
            "length",
            "officer",
            "policy",
            "opened_at",
            "closed_at",
        )
        core = super().core()
        return {name: core[name] for name in kept} | {"station": self.recorder.kid, "prev": "0" * 64}


async def enrol_station(world: World, station: SoftSigner, **changed: Any) -> None:
    core = {"station": station.kid, "jwk": station.jwk, "name": "第一采集站", "bays": 1}
    await world.county.commit("station-enrolled/1", core | changed)


async def store(world: World, film: Imported, kind: str = "recording-imported/1") -> Imported:
    world.county.open_lines[film.id] = film.open_line()
    core = film.core()
    if kind == "recording-stored/1":
        core["recorder"] = film.recorder.kid
    await world.county.commit(kind, core)
    return film


@pytest.fixture
async def station(world: World) -> SoftSigner:
    signer = new_signer()
    await enrol_station(world, signer)
    return signer


async def test_an_import_goes_the_whole_road(world: World, station: SoftSigner) -> None:
    film = await store(world, Imported(world, station))
    assert ignored(world) == []
    status, answer = await world.ask(await world.approved(film), film)
    assert status == 200, answer
    assert world.opened(answer, film) == film.share
    assert answer["journal_typ"] == IMPORT
    assert load_jwk(answer["journal_key"]) == load_jwk(station.jwk)


async def test_a_recording_says_that_it_is_one(world: World) -> None:
    _, answer = await world.ask(await world.approved())
    assert answer["journal_typ"] == JOURNAL


async def test_the_room_says_import_whatever_the_entry_says(world: World, station: SoftSigner) -> None:
    film = Imported(world, station)
    world.county.open_lines[film.id] = film.open_line()
    await world.county.commit("recording-imported/1", film.core() | {"origin": "camera", "drill": True})
    await world.sign_in(world.viewer)
    _, shown = await world.get(f"/api/recordings/{film.id}")
    assert (shown["origin"], shown["drill"]) == ("import", False)


@pytest.mark.parametrize("step", ["request", "decision", "ask"])
async def test_no_share_without_the_full_road(world: World, station: SoftSigner, step: str) -> None:
    film = await store(world, Imported(world, station))
    if step == "request":
        refused(await world.ask(new_id(), film), "viewing-unknown")
    elif step == "decision":
        viewing, request = await world.request(film)
        refused(await world.ask(viewing, film), "not-approved")
        await world.decide(viewing, request, approve=False)
        refused(await world.ask(viewing, film), "refused")
    else:
        refused(await world.ask(await world.approved(film), film, world.approver), "role")


async def test_no_share_where_the_release_is_not_in_the_ledger(world: World, station: SoftSigner) -> None:
    film = await store(world, Imported(world, station))
    viewing = await world.approved(film)
    impatient(world)
    keep_back(world)
    refused(await world.ask(viewing, film), "release-timeout")


async def test_an_approval_of_one_import_opens_no_other(world: World, station: SoftSigner) -> None:
    film, other = [await store(world, Imported(world, station)) for _ in range(2)]
    viewing = await world.approved(film)
    refused(await world.ask(viewing, other), "not-requested")
    world.county.open_lines[film.id] = other.open_line()
    refused(await world.ask(viewing, film), "open-line")
    world.county.open_lines[film.id] = film.open_line(shares=other.fields["shares"])
    refused(await world.ask(viewing, film), "envelope")


async def test_an_import_of_a_station_that_is_not_enrolled(world: World) -> None:
    film = await store(world, Imported(world, new_signer()))
    assert ignored(world) == [("recording-imported/1", "station-unknown")]
    body = world.viewer.request(new_id(), BUREAU, [Span(film.id, 0, 9)], "r", datetime.now(UTC))
    refused(await world.post("/api/viewings", body), "recording-unknown")


async def test_a_recorder_is_no_station(world: World) -> None:
    await store(world, Imported(world, world.recorder))
    assert ignored(world) == [("recording-imported/1", "station-unknown")]


async def test_a_station_is_no_recorder(world: World, station: SoftSigner) -> None:
    await store(world, Imported(world, station), "recording-stored/1")
    assert ignored(world) == [("recording-stored/1", "recorder-unknown")]


async def test_a_stations_key_enrolled_as_a_recorders_makes_no_capture(
    world: World, station: SoftSigner
) -> None:
    """The web process may enrol what it likes; an honest station has signed imports only."""
    core = {"recorder": station.kid, "jwk": station.jwk, "serial": "X", "counter_kind": "file"}
    await world.county.commit("recorder-enrolled/1", core)
    film = await store(world, Imported(world, station), "recording-stored/1")
    assert ignored(world) == []
    refused(await world.ask(await world.approved(film), film), "header")


@pytest.mark.parametrize(
    ("typ", "origin", "code"), [(JOURNAL, "import", "header"), (IMPORT, "camera", "origin")]
)
async def test_an_import_whose_first_line_is_a_captures(
    world: World, station: SoftSigner, typ: str, origin: str, code: str
) -> None:
    film = Imported(world, station)
    film.typ, film.fields["origin"] = typ, origin
    await store(world, film)
    refused(await world.ask(await world.approved(film), film), code)


async def test_a_capture_whose_first_line_says_import(world: World) -> None:
    viewing = await world.approved()
    world.county.open_lines[world.film.id] = world.film.open_line(origin="import")
    refused(await world.ask(viewing), "origin")


async def test_an_import_by_another_station(world: World, station: SoftSigner) -> None:
    other = new_signer()
    await enrol_station(world, other)
    film = await store(world, Imported(world, station))
    viewing = await world.approved(film)
    film.recorder = other
    world.county.open_lines[film.id] = film.open_line()
    refused(await world.ask(viewing, film), "foreign-kid")


async def test_a_stations_key_cannot_be_exchanged(world: World, station: SoftSigner) -> None:
    await enrol_station(world, station, jwk=new_signer().jwk)
    assert ignored(world)[-1] == ("station-enrolled/1", "station")
    await enrol_station(world, station)
    assert ignored(world)[-1] == ("station-enrolled/1", "station-known")


async def test_an_import_is_stored_once_and_takes_no_recordings_place(
    world: World, station: SoftSigner
) -> None:
    film = await store(world, Imported(world, station))
    for id_ in (film.id, world.film.id):
        await world.county.commit("recording-imported/1", Imported(world, station, id_).core())
        assert ignored(world)[-1] == ("recording-imported/1", "recording-known")
