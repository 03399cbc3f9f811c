"""Where a neighbour is, and with which keys: joined, read in its ledger, nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.city_world import BUREAU, CityWorld
from support.following import follow
from support.neighbour import Ledger, ed25519
from support.recordings import fixed_key
from zhilu.errors import DataError
from zhilu.sealed.keys import SoftSigner
from zhilu.server.federation import rules
from zhilu.server.federation.events import BureauRekeyed
from zhilu.server.federation.models import Joined
from zhilu.server.federation.services import neighbours, rekeying
from zhilu.server.ledger.clock import set_to
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import commit
from zhilu.tlog.cosign import CosignatureSigner


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://julu.example.gov.cn", True),
        ("https://10.0.0.1:8443", True),
        ("http://127.0.0.1:8600", True),
        ("http://[::1]:8600", True),
        ("http://localhost:8600", True),
        ("http://julu.example.gov.cn:8600", False),
        ("http://10.0.0.1", False),
        ("http://127.0.0.1.example.org", False),
        ("http://localhost@julu.example", False),
        ("http://127.0.0.1:8600/path", False),
        ("ftp://127.0.0.1", False),
    ],
)
def test_between_machines_entries_travel_in_tls(url: str, good: bool) -> None:
    """On plain http anybody on the way could change entries, and the county would be accused for good."""
    if good:
        rules.check_address(url, "julu.example")
        return
    with pytest.raises(DataError) as error:
        rules.check_address(url, "julu.example")
    assert error.value.code == "join-address"


def with_new_keys(ledger: Ledger, name: str = "new") -> dict[str, Any]:
    requests = fixed_key(f"{name} requests")
    cosigner = CosignatureSigner("julu.example/mirror", ed25519(name))
    core = {"bureau": "julu", "jwk": SoftSigner(requests).jwk, "cosigner": cosigner.vkey}
    ledger.add("neighbour-keys-set/1", core, subject="julu")
    ledger.publish()
    return core


@pytest.mark.db
def test_a_neighbours_new_keys_are_read_in_its_ledger_and_nowhere_else(city: CityWorld, julu: Ledger) -> None:
    follow(city, julu)
    old = Joined.objects.get().kid
    event = BureauRekeyed(index=100, **with_new_keys(julu))
    with pytest.raises(DataError) as error:
        commit(event, BUREAU)
    assert error.value.code == "rekeyed", "before the mirror says so"
    assert follow(city, julu).state == "following"
    joined = Joined.objects.get()
    assert (joined.jwk, joined.cosigner) == (event.jwk, event.cosigner) and joined.kid != old
    assert neighbours.request_key(joined.kid) is not None and neighbours.request_key(old) is None
    size = Entry.objects.count()
    follow(city, julu)
    assert Entry.objects.count() == size, "once"
    thief = replace(event, jwk=SoftSigner(fixed_key("thief")).jwk)
    for stolen in (thief, replace(event, index=99)):
        with pytest.raises(DataError) as error:
            commit(stolen, BUREAU)
        assert error.value.code == "rekeyed"
    with pytest.raises(DataError) as error:
        neighbours.join(julu.neighbour, "http://127.0.0.1:9", BUREAU)
    assert error.value.code == "join-key", "with the old keys nobody joins again"


@pytest.mark.db
def test_new_keys_again_and_again_are_an_entry_an_hour(city: CityWorld, julu: Ledger) -> None:
    follow(city, julu)
    size = Entry.objects.count()
    for count in range(3):
        core = with_new_keys(julu, f"new {count}")
        assert follow(city, julu).state == "following"
    assert Entry.objects.count() == size + 1 and Joined.objects.get().jwk != core["jwk"]
    later = datetime.now(UTC) + timedelta(hours=1, minutes=1)
    with set_to(lambda: later):
        follow(city, julu)
    assert Entry.objects.count() == size + 2 and Joined.objects.get().jwk == core["jwk"]


def test_keys_that_are_anothers_are_not_taken_and_the_following_goes_on(
    city: CityWorld, julu: Ledger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rekeying, "_refused", {})
    follow(city, julu)
    qinghe = Ledger("qinghe")
    city.join(qinghe)
    core = {"bureau": "julu", "jwk": qinghe.requests.jwk, "cosigner": julu.mirror.vkey}
    julu.add("neighbour-keys-set/1", core, subject="julu")
    julu.publish()
    watch = follow(city, julu)
    assert watch.stored == watch.applied == 101
    assert Joined.objects.get(bureau="julu").jwk == julu.requests.jwk
    follow(city, julu)
    assert caplog.text.count("join-keys") == 1, "at each pass the same"
