"""A city's rounds with one county, and what has come of them."""

from __future__ import annotations

from support.city_world import CityWorld
from support.neighbour import Ledger, fill
from zhilu.server.federation.models import Joined, Watch
from zhilu.server.federation.services import mirror, rounds
from zhilu.server.ledger.models import Entry
from zhilu.server.organisation.models import Department

STAGE = 64


def follow(city: CityWorld, ledger: Ledger) -> Watch:
    rounds.once(Joined.objects.get(bureau=ledger.bureau), ledger, stage=STAGE)
    return Watch.objects.get(bureau=ledger.bureau)


def held(ledger: Ledger) -> tuple[int, int, int]:
    """Entries, size of the range, departments in the mirror."""
    with mirror.of(ledger.bureau):
        return Entry.objects.count(), mirror.known()[0].size, Department.objects.count()


def refused(city: CityWorld, ledger: Ledger, state: str, code: str) -> Watch:
    """The round changes nothing but what the page says."""
    before = held(ledger)
    signed = dict(ledger.cosigned)
    watch = follow(city, ledger)
    assert (watch.state, watch.code) == (state, code)
    assert held(ledger) == before
    assert ledger.cosigned == signed
    return watch


def more(ledger: Ledger, count: int = 10) -> None:
    fill(ledger, count, ledger.size)
    ledger.publish()


def set_back(ledger: Ledger) -> None:
    ledger.publish(60)
