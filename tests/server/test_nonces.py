"""A request counts once (spec/intake.md §1): in a row where it may have an effect, else in memory."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

import pytest

from support.county_world import RECORDING, CountyWorld
from zhilu.errors import WorldError
from zhilu.protocols.httpsig import NONCE_MEMORY_S
from zhilu.server.equipment.models import SeenNonce, Station
from zhilu.server.equipment.services import nonces
from zhilu.server.equipment.services.nonces import MemoryNonces
from zhilu.server.evidence.models import Intake
from zhilu.server.ledger.prepared import Prepared

pytestmark = pytest.mark.db


def restart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nonces, "IN_MEMORY", MemoryNonces())


def twice(county: CountyWorld, method: str, path: str, query: str = "", body: bytes = b"") -> Any:
    """The same request, signature and all: a function that sends it."""
    signing = {"created": int(time.time()), "nonce": secrets.token_bytes(16)}
    return lambda: county.request(method, path, query, body, **signing)


def code(answer: Any) -> str:
    return str(json.loads(answer.content).get("error", ""))


def test_what_may_have_an_effect_is_refused_again_after_a_restart_too(
    county: CountyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = county.film()
    path = f"/intake/recorders/{county.recorder.kid}/logbook"
    send = twice(county, "PUT", path, "from=0", b"".join(film.logbook))
    assert send().status_code == 200 and SeenNonce.objects.count() == 1
    assert code(send()) == "nonce"
    restart(monkeypatch)
    assert code(send()) == "nonce"


def test_what_has_none_is_refused_again_as_long_as_the_server_runs(
    county: CountyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = county.film()
    assert [a.status_code for a in (county.put_logbook(film), county.put_handover(film))] == [200, 201]
    assert county.put_journal(film).status_code == 200
    rows = SeenNonce.objects.count()
    segment = twice(county, "PUT", f"/intake/recordings/{RECORDING}/segments/0", body=film.media[0])
    asked = twice(county, "GET", f"/intake/recordings/{RECORDING}")
    for send in (segment, asked):
        assert send().status_code == 200
        assert code(send()) == "nonce"
        restart(monkeypatch)
        assert send().status_code == 200
    assert SeenNonce.objects.count() == rows
    assert Intake.objects.get().held_segments == 1


def test_memory_is_bounded_for_each_sender_and_old_nonces_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nonces, "MOST", 3)
    seen = MemoryNonces()
    assert all(seen.take("one", str(n), 1000 + n) for n in range(3))
    with pytest.raises(WorldError) as refused:
        seen.take("one", "3", 1003)
    assert refused.value.code == "nonces-many"
    assert seen.take("other", "0", 1003)
    assert not seen.take("one", "0", 1000 + NONCE_MEMORY_S)
    # The first of them could not come back any more.
    assert seen.take("one", "3", 1001 + NONCE_MEMORY_S)
    assert not seen.take("one", "2", 1001 + NONCE_MEMORY_S)


def test_a_prepared_question_is_answered_as_the_query_is(county: CountyWorld) -> None:
    kid = Prepared(
        Station._meta.get_field("kid"),
        "?",
        lambda value: Station.objects.filter(kid=value).values_list("bays"),
    )
    for _ in range(2):
        assert kid.first(county.station.kid) == (4,)
        assert kid.first("nobody' OR ''='") is None
        assert kid.first("?") is None
