"""Who has confirmed the city's notices, county by county, as the counties' ledgers say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from zhilu.server.catalogue import rules_notices
from zhilu.server.catalogue.models import Notice, NoticeReceipt
from zhilu.server.catalogue.services import notices
from zhilu.server.federation.models import Joined
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import day_of
from zhilu.server.organisation.services.people import names


@dataclass(frozen=True)
class Heard:
    """What the ledger of a county, as far as it is applied here, says of some notices."""

    arrived: frozenset[UUID] = frozenset()
    receipts: Mapping[UUID, list[NoticeReceipt]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def first(self, notice: UUID) -> datetime | None:
        found = self.receipts.get(notice)
        return found[0].at if found else None


@dataclass(frozen=True)
class Standing:
    """Of one notice: how many counties it is for, how many have confirmed, and is one late."""

    wanted: int
    confirmed: int
    is_late: bool


def counties() -> list[str]:
    """All that have joined, by code."""
    return list(Joined.objects.exclude(tier="city").order_by("bureau").values_list("bureau", flat=True))


def heard(wanted: Collection[UUID]) -> dict[str, Heard]:
    """By county; of one that was never read, nothing."""
    found = dict.fromkeys(counties(), Heard())
    for bureau in ledgers.bureaus()[1:]:
        with ledgers.of(bureau):
            arrived = frozenset(Notice.objects.filter(id__in=wanted).values_list("id", flat=True))
            receipts = notices.receipts(wanted)
            people = {one.person for each in receipts.values() for one in each}
            found[bureau] = Heard(arrived, receipts, names(people) if people else {})
    return found


def standing(notice: Notice, said: Mapping[str, Heard], today: date) -> Standing:
    meant = [one for bureau, one in said.items() if rules_notices.is_for(bureau, notice.bureaus)]
    days = [day_of(at) if at else None for at in (one.first(notice.id) for one in meant)]
    return Standing(
        len(meant),
        sum(day is not None for day in days),
        any(rules_notices.is_late(notice.reply_by, day, today) for day in days),
    )
