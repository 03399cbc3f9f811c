"""What the county's server does for the policy `county+city` (spec/viewing.md §8, ledger.md §3)."""

from __future__ import annotations

import json
import sqlite3
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from support.city_world import CityWorld, write_keys
from support.county_home import zhilu
from support.county_world import RECORDING, CountyWorld, InProcessCosigner
from support.neighbour import Ledger, fill
from support.recordings import fixed_bytes, fixed_key, policy_core
from support.recordings import test_id as named_id
from zhilu.errors import WorldError
from zhilu.sealed.keys import SoftSigner, public_jwk
from zhilu.server.commands.city_keyholder import peer_of, shared_policy
from zhilu.server.evidence.models import Recording
from zhilu.server.federation.models import Joined
from zhilu.server.federation.services import ledgers, neighbours, rounds
from zhilu.server.ledger.events import read
from zhilu.server.ledger.services import proofs
from zhilu.server.ledger.services.commit import commit, size
from zhilu.server.ledger.services.publish import Publisher
from zhilu.server.organisation.events import PersonAdded
from zhilu.server.organisation.models import Policy
from zhilu.tlog import merkle
from zhilu.tlog.cosign import CosignatureSigner
from zhilu.tlog.note import Note
from zhilu.tlog.witness import Witness

CITY = SoftSigner(fixed_key("city requests"))
NAME = "xingtai.view.example/cosigner"


class CityCosigner(InProcessCosigner):
    def __init__(self, county: CountyWorld) -> None:
        super().__init__(county.ledger)
        key = Ed25519PrivateKey.from_private_bytes(fixed_bytes("city cosigner"))
        self.signer = CosignatureSigner(NAME, key)
        self.witness = Witness(self.signer, {county.ledger.name: [county.ledger.verifier]})


def enrolment_of(cosigner: CosignatureSigner) -> dict[str, Any]:
    return {
        "name": "xingtai-keyholder",
        "jwk": public_jwk(fixed_key("city keyholder").public_key()),
        "escrow_jwk": public_jwk(fixed_key("city escrow").public_key()),
        "request_jwk": CITY.jwk,
        "cosigner": cosigner.vkey,
        "origin": "https://xingtai.view.example",
    }


def share(county: CountyWorld, quorum: int = 1) -> CityCosigner:
    """From now on with the city's keyholder."""
    city = CityCosigner(county)
    said = enrolment_of(city.signer)
    commit(read("peer-registered/1", peer_of(said)), "julu")
    newest = Policy.objects.order_by("-version").values_list("core", flat=True)[0]
    commit(read("policy-set/1", shared_policy(newest, said, quorum)), "julu")
    county.publisher = Publisher(county.ledger, county.cosigner.post, {NAME: city.post})
    county.maker.core = shared_policy(policy_core(), said, quorum)
    return city


def cosigners() -> list[str]:
    newest = proofs.newest()
    assert newest is not None
    return [one.name for one in Note.parse(bytes(newest.note)).signatures[1:]]


@pytest.mark.db
def test_a_recording_sealed_to_both_is_taken(county: CountyWorld) -> None:
    share(county)
    county.publish()
    county.store()
    row = Recording.objects.get(id=RECORDING)
    assert row.policy == 2
    assert len(county.maker.core["shares"]) == 2


@pytest.mark.db
def test_under_the_policy_of_two_a_recording_for_the_county_alone_is_refused(county: CountyWorld) -> None:
    share(county)
    county.publish()
    county.maker.core = policy_core(version=2)
    film = county.film()
    sent = [county.put_logbook(film), county.put_handover(film), county.put_journal(film)]
    sent += [county.put_segment(i, data) for i, data in enumerate(film.media)]
    assert all(one.status_code in (200, 201) for one in sent)
    refused = county.complete()
    assert (refused.status_code, json.loads(refused.content)["error"]) == (422, "recipients")


@pytest.mark.db
def test_the_citys_keyholder_reads_the_ledger_and_does_nothing_else(county: CountyWorld) -> None:
    share(county)
    county.publish()
    county.store()
    county.register_credentials()
    for path in ("/keyholder/entries?start=0", "/keyholder/checkpoint"):
        at, _, query = path.partition("?")
        assert county.request("GET", at, query, signer=CITY).status_code == 200
    names = f"/keyholder/recordings/{RECORDING}/open", "/keyholder/names", "/keyholder/recordings"
    for path in names:
        assert county.request("GET", path, signer=CITY).status_code == 401
    before = size()
    body = json.dumps({"kind": "viewing-decided/1", "core": {}, "personal": None}).encode()
    assert county.request("POST", "/keyholder/events", body=body, signer=CITY).status_code == 401
    assert size() == before


def test_the_city_cosigns_beside_the_county_and_holds_nothing_up(county: CountyWorld) -> None:
    city = share(county)
    county.publish()
    assert len(cosigners()) == 2 and NAME in cosigners()
    city.is_away, city.asked = True, 0
    for _ in range(3):
        commit(PersonAdded(str(named_id(f"extra {size()}"))), "julu", {"name": "人"})
        assert county.publisher.run_once()
        assert NAME not in cosigners()
    assert city.asked == 1  # not each time anew
    # A county brought back from yesterday is found out by the city's too.
    city.is_away = False
    city.state = (size() + 5, b"\1" * 32)
    with pytest.raises(WorldError) as refused:
        Publisher(county.ledger, county.cosigner.post, {NAME: city.post}).catch_up()
    assert refused.value.code == "ledger-behind"


def test_with_a_quorum_of_two_nothing_is_published_without_the_city(county: CountyWorld) -> None:
    city = share(county, quorum=2)
    city.is_away = True
    before = cosigners()
    with pytest.raises(WorldError):  # at its start the ledger asks all whom the quorum needs
        county.publisher.run_once()
    city.is_away = False
    assert county.publisher.run_once()
    city.is_away = True
    commit(PersonAdded(str(named_id("extra"))), "julu", {"name": "人"})
    assert not county.publisher.run_once()
    assert before == [county.cosigner.signer.verifier.name]
    # To whom follows it, the county names its own keyholder: the city's is a key of the city.
    write_keys(county.config)
    said = neighbours.own(county.config)
    assert (said.cosigners, said.quorum) == ((county.cosigner.signer.vkey,), 1)
    assert len(cosigners()) == 2


def test_the_command_enters_peer_and_policy_and_says_where(
    new_home: Callable[[str], Path], tmp_path: Path
) -> None:
    home, enrol = new_home("sqlite"), tmp_path / "city.json"
    cosigner = CosignatureSigner(NAME, Ed25519PrivateKey.generate())
    said = {**enrolment_of(cosigner), "bureau_name": {"zh": "市", "en": "city"}}
    enrol.write_text(json.dumps(said))
    words = ("city-keyholder", "--home", home, "--enrol", enrol, "--url", "http://127.0.0.1:9/")
    done = zhilu(*words)
    assert done.returncode == 0, done.stderr
    place = tomllib.loads((home / "server.toml").read_text())["city_keyholder"]
    assert place == {"url": "http://127.0.0.1:9", "authority": "xingtai.view.example"}
    with sqlite3.connect(home / "db.sqlite3") as database:
        version, core = database.execute(
            "SELECT version, core FROM organisation_policy ORDER BY version DESC"
        ).fetchone()
        roles = [row[0] for row in database.execute("SELECT role FROM organisation_peer ORDER BY entry")]
    assert (version, json.loads(core)["sharing"], roles) == (
        2,
        "county+city",
        ["keyholder", "city-keyholder"],
    )


@pytest.mark.db
def test_the_city_tells_its_keyholder_the_root_that_its_mirror_has(city: CityWorld) -> None:
    julu = Ledger()
    fill(julu, 70)
    julu.publish()
    city.join(julu)
    rounds.once(Joined.objects.get(bureau=julu.bureau), julu, stage=64)
    for at in (1, 65, 70):
        assert ledgers.mirrored_root(julu.bureau, at) == merkle.root(at, julu.hashes)
    # Not so far, not a county, not joined.
    assert ledgers.mirrored_root(julu.bureau, 71) is None
    assert ledgers.mirrored_root(city.config.bureau, 1) is None
    assert ledgers.mirrored_root("qinghe", 1) is None


@pytest.mark.db
def test_only_the_own_keyholder_is_told_a_root(county: CountyWorld) -> None:
    path, query = "/keyholder/counties/qinghe", "size=1"
    answer = county.request("GET", path, query, signer=county.keyholder)
    assert (answer.status_code, json.loads(answer.content)) == (200, {"root": None})
    assert county.request("GET", path, query, signer=CITY).status_code == 401
