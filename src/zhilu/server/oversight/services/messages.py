"""Messages inside the platform: who asks others for them, and how they become rows.

How to have somebody told (`services/telling_<what>.py`, imported where the app starts):

    messages.kind("explain", _("Findings to explain"), _("%(rule)s on %(day)s: explain by %(until)s"),
                  rule="finding-rule", day="day", until="day")

    @messages.producer("explain", settles=True)
    def to_explain(at: datetime) -> Iterator[Told]:
        for row in ...:
            yield Told(row.person, "explain", f"{row.finding}/asked", {...}, reverse("finding", args=[...]))

A producer reads tables and nothing else, `at` is the clock; it is asked every minute for all that may be
told now, not for what is new: who was told stands in the rows. It should look back some weeks at most. With
`settles` a message that it no longer yields is settled: its reason is gone, and it counts as unread no more.

A producer that fails, or yields what no message may be, stops the others in nothing.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db import connections, transaction
from django.db.models import Count, Expression, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhilu.errors import ZhiluError
from zhilu.server.ledger.clock import day_of, midnight, now
from zhilu.server.ledger.services.alone import alone
from zhilu.server.organisation.models import User
from zhilu.server.organisation.services import accounts
from zhilu.server.oversight.models import Message
from zhilu.server.oversight.rules_messages import MANY, MOST_A_DAY, Told, check, digest

log = logging.getLogger("zhilu.messages")
EVERY_S = 60.0
LOCK = "messages"
AT_ONCE = 500
MOST_A_RUN = 5000
"""New rows of one producer; the rest comes a minute later."""
MOST_ASKED = 200_000
"""What a producer yields beyond is not looked at, and said in the log."""
KEPT = timedelta(days=365)
KEPT_UNREAD = timedelta(days=730)
Words = str | Promise
Produce = Callable[[datetime], Iterable[Told]]


@dataclass(frozen=True)
class Kind:
    """`places`: param → what stands there (rules_messages.PLACES, or a table of `pages.words`)."""

    code: str
    title: Words
    text: Words
    places: Mapping[str, str]


@dataclass(frozen=True)
class Producer:
    codes: tuple[str, ...]
    produce: Produce
    settles: bool


KINDS: dict[str, Kind] = {}
_producers: list[Producer] = []


def kind(code: str, title: Words, text: Words, /, **places: str) -> None:
    KINDS[code] = Kind(code, title, text, places)


kind(MANY, _("Many messages of one kind"), _("%(of)s: %(count)s more"), of="message-kind", count="count")


def producer(*codes: str, settles: bool = False) -> Callable[[Produce], Produce]:
    """The function yields messages of these kinds."""

    def register(produce: Produce) -> Produce:
        _producers.append(Producer(codes, produce, settles))
        return produce

    return register


def run(stop: threading.Event) -> None:
    """Until `stop`, beside the ledger's pass."""
    while not stop.wait(EVERY_S):
        try:
            tell_all()
        except Exception:
            log.exception("nobody was told anything")
        connections.close_all()  # none is held while it waits


def tell_all() -> int:
    """Ask every producer; how many rows are new."""
    with alone(LOCK):
        at = now()
        made = sum(_ask(one, at) for one in _producers)
        forget(at)
    return made


def _ask(one: Producer, at: datetime) -> int:
    try:
        return _Run(one, at).go()
    except Exception:
        log.exception("the messages %s were not made", ", ".join(one.codes))
        return 0


class _Run:
    """One producer, once."""

    def __init__(self, one: Producer, at: datetime) -> None:
        self._one, self._at = one, at
        self._made = 0
        self._bad = 0
        self._accounts = set(User.objects.filter(is_active=True).values_list("person", flat=True))
        since = midnight(day_of(at))
        rows = Message.objects.filter(code__in=one.codes, at__gte=since)
        self._today = Counter(rows.values_list("person", "code"))

    def go(self) -> int:
        kept: set[int] = set()
        asked = 0
        for some in _parts(islice(self._one.produce(self._at), MOST_ASKED)):
            asked += len(some)
            kept |= self._tell([told for told in some if self._counts(told)])
        if asked == MOST_ASKED:
            log.warning("the messages %s are more than %d: the rest waits", self._one.codes[0], MOST_ASKED)
        elif self._one.settles and not self._bad:
            self._settle(kept)
        return self._made

    def _counts(self, told: Told) -> bool:
        """Whether this is for somebody who can read it. What is none is left out, and said without its
        words."""
        try:
            if told.code not in self._one.codes:
                raise KeyError(told.code)
            check(told, KINDS[told.code].places)
        except (ZhiluError, KeyError, TypeError, AttributeError) as error:
            self._bad += 1
            if self._bad == 1:
                code = getattr(error, "code", "message-kind")
                log.error("a message of %s was not made: %s", ", ".join(self._one.codes), code)
            return False
        return told.person in self._accounts

    def _tell(self, some: list[Told]) -> set[int]:
        """The rows that stand for these; new ones are made."""
        wanted = {digest(told.person, told.code, told.key): told for told in some}
        known = _rows(wanted)
        again = [pk for pk, settled in known.values() if settled]
        if again and self._one.settles:
            # Its reason is there again, and so is the message.
            Message.objects.filter(pk__in=again).update(settled_at=None, read_at=None)
        new = [one for one in wanted if one not in known][: max(0, MOST_A_RUN - self._made)]
        self._made += self._add({one: wanted[one] for one in new})
        return {pk for pk, _settled in (*known.values(), *_rows(new).values())}

    def _add(self, new: Mapping[str, Told]) -> int:
        """By digest."""
        rows, beyond = [], Counter[tuple[UUID, str]]()
        for named, told in new.items():
            who = (told.person, told.code)
            self._today[who] += 1
            folded = self._today[who] > MOST_A_DAY
            beyond[who] += folded
            rows.append(
                Message(
                    person=told.person, code=told.code, key=told.key, params=dict(told.params),
                    path=told.path, at=self._at, folded=folded, digest=named,
                )
            )  # fmt: skip
        with transaction.atomic():
            Message.objects.bulk_create(rows, ignore_conflicts=True)
            for (person, code), count in beyond.items():
                if count:
                    self._fold(person, code)
        return len(rows)

    def _fold(self, person: UUID, code: str) -> None:
        """What came beyond on this day, counted in one message."""
        day = day_of(self._at)
        count = max(0, self._today[person, code] - MOST_A_DAY)
        key = f"{code}/{day}"
        Message.objects.update_or_create(
            digest=digest(person, MANY, key),
            defaults={"params": {"of": code, "count": count}, "at": self._at, "read_at": None},
            create_defaults={
                "person": person, "code": MANY, "key": key, "at": self._at,
                "params": {"of": code, "count": count},
            },
        )  # fmt: skip

    def _settle(self, kept: set[int]) -> None:
        open_ = Message.objects.filter(code__in=self._one.codes, settled_at=None)
        gone = [pk for pk in open_.values_list("pk", flat=True).iterator(2000) if pk not in kept]
        for start in range(0, len(gone), AT_ONCE):
            some = Message.objects.filter(pk__in=gone[start : start + AT_ONCE])
            some.update(settled_at=self._at)


def _rows(wanted: Collection[str]) -> dict[str, tuple[int, bool]]:
    """Of these digests those that there are: id of the row, whether settled."""
    found = Message.objects.filter(digest__in=list(wanted)).values_list("digest", "pk", "settled_at")
    return {named: (pk, settled is not None) for named, pk, settled in found}


def _parts(told: Iterable[Told]) -> Iterator[list[Told]]:
    rest = iter(told)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def forget(at: datetime) -> None:
    """What was read or settled, after a year; what nobody read, after two."""
    done = Q(read_at__isnull=False) | Q(settled_at__isnull=False) | Q(folded=True)
    Message.objects.filter(done, at__lt=at - KEPT).delete()
    Message.objects.filter(at__lt=at - KEPT_UNREAD).delete()


# For the pages.


def of(person: UUID) -> Q:
    return Q(person=person, folded=False)


def unread(person: UUID) -> int:
    return Message.objects.filter(of(person), read_at=None, settled_at=None).count()


def _unread_of_user() -> Expression:
    waiting = Message.objects.filter(person=OuterRef("person"), folded=False, read_at=None, settled_at=None)
    counted = waiting.order_by().values("person").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), Value(0))


UNREAD = "unread_messages"
"""How many wait for whoever is signed in: an attribute of each request's user."""
accounts.BESIDE[UNREAD] = _unread_of_user


def read(person: UUID, *ids: int) -> int:
    """Mark as read: these, or without any all of this person's."""
    mine = Message.objects.filter(of(person), read_at=None)
    return (mine.filter(id__in=ids) if ids else mine).update(read_at=now())
