"""Who holds posts of two bureaus at once. That nobody holds two is a rule of one ledger (ADR 0023): a city,
which has them all, sees it over several. It decides nothing: somebody has to ask which of them has been left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.models import Entry
from zhilu.server.organisation.models import Post

ALARM = "neighbour-posts"
TAKEN = "post-taken/1"


@dataclass(frozen=True)
class Twice:
    """`posts`: bureau, and since when."""

    person: UUID
    posts: list[tuple[str, date]]


def held_twice() -> list[Twice]:
    """Over all ledgers whose tables are here."""
    found: dict[UUID, list[tuple[str, date]]] = defaultdict(list)
    for bureau in ledgers.bureaus():
        with ledgers.of(bureau):
            for person, since in _open():
                found[person].append((bureau, since))
    twice = [Twice(person, posts) for person, posts in found.items() if len(posts) > 1]
    return sorted(twice, key=lambda one: (max(since for _bureau, since in one.posts), str(one.person)))


def look(bureau: str, start: int) -> None:
    """After entries from `start` on were applied of this county: alarmed is a post that makes two."""
    with ledgers.of(bureau):
        new = Entry.objects.filter(kind=TAKEN, index__gte=start).values("index")
        taken = set(Post.objects.filter(until=None, entry__in=new).values_list("person", flat=True))
    if taken and any(_have(one, taken) for one in ledgers.bureaus() if one != bureau):
        raise_alarm(ALARM, bureau)


def _open() -> list[tuple[UUID, date]]:
    return list(Post.objects.filter(until=None).order_by("person").values_list("person", "since"))


def _have(bureau: str, people: Collection[UUID]) -> bool:
    with ledgers.of(bureau):
        return Post.objects.filter(until=None, person__in=people).exists()
