"""Search in what is said about acts: taxpayer, newest statement, links, outcomes.

`refresh` keeps the index, for every `apply` that changes one of those, and for many of them together
(ledger/waiting.py): what has gone from the rows, by another version or by disposal, has gone from it. It is
derived: a rebuild makes it anew, the audit compares it with the rows.

`matching` narrows any list of acts. How it finds them depends on how common the words are, which a sample
of the newest acts tells:

- Rare: the index gives the acts, the list picks and sorts them.
- Common, in more than two of a hundred: the list walks its acts in its own order, and each is looked at. A
  page is full after a thousand at most; the index would first give ten thousand and more.

`counting` narrows it for its count, which walks until enough are counted or the list ends: of words that are
neither rare nor in every fifth act that is far, and the index gives all of them sooner.

Either way the list's own conditions, a person's scope first, hold before anything is counted or shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from uuid import UUID

from django.db.models import BooleanField, F, OuterRef, Q, QuerySet, Subquery, Value

from zhilu.server.evidence import search, terms
from zhilu.server.evidence.models import Act, ActLink, Outcome, Passage, Statement
from zhilu.server.evidence.search import Commonness
from zhilu.server.ledger import lock, waiting
from zhilu.server.ledger.services.audit import also
from zhilu.server.ledger.services.reader import Finding

CHUNK = 500
COMMON = 0.02
SHOWN = ("event", "course", "result", "place", "persons", "cause", "time")
"""Elements of a statement, what a snippet is taken from first."""


def refresh(act: UUID | str) -> None:
    if not lock.is_scratch():
        waiting.later((Passage,), _refresh, [UUID(str(act))])


def _refresh(acts: Sequence[UUID]) -> None:
    Passage.objects.filter(act__in=acts).delete()
    said = texts(acts)
    lock.insert_many(
        [
            Passage(act=act, place=place, tokens=tokens)
            for act in acts
            for place, tokens in enumerate(terms.passages(said.get(act, [])))
        ]
    )


def commonness(text: str) -> Commonness | None:
    """Of words, asked for once by who lists and counts; None where it does not matter."""
    query = terms.read(text)
    return search.commonness(query) if query else None


def matching(text: str, known: Commonness | None) -> Q:
    """The acts that have all that is asked; none where nothing is."""
    query = terms.read(text)
    if not query:
        return Q(pk__in=[])
    return _looked_at(query) if known and known.share > COMMON else _from_index(query)


def counting(text: str, rows: QuerySet[Act], most: int, known: Commonness | None) -> Q:
    """The same of `rows`, for who counts them up to `most`."""
    if known is None or known.share <= COMMON:
        return matching(text, known)
    query, looked_up, walked = terms.read(text), known.share * known.rows, most / known.share
    if looked_up < walked:
        there = search.expected(rows.order_by().values("pk"))
        walked = min(there.rows if there else 0, walked)
    return _from_index(query) if looked_up < walked else _looked_at(query)


def _from_index(query: terms.Query) -> Q:
    found = Passage.objects.filter(Q(("tokens__matches", query)))
    return Q(search.Among(F("id"), Subquery(found.values("act"))))


def _looked_at(query: terms.Query) -> Q:
    found = Passage.objects.filter(Q(("tokens__matches", query)))
    here = found.filter(act=OuterRef("id")).values(fits=Value(True))[:1]
    return Q(Subquery(here, output_field=BooleanField()))


def texts(acts: Collection[UUID], using: str = "default") -> dict[UUID, list[str]]:
    """What is said about each."""
    taxpayers = Act.objects.filter(id__in=acts).using(using).values_list("id", "taxpayer")
    found = {act: [taxpayer] for act, taxpayer in taxpayers}
    for more in (_stated(found, using), _added(found, using)):
        for act, said in more.items():
            found[act] += said
    return found


def _stated(acts: Collection[UUID], using: str = "default") -> dict[UUID, list[str]]:
    # The newest of each act comes last and stays.
    statements = Statement.objects.filter(act__in=acts).using(using).order_by("version")
    return {act: said for act, *said in statements.values_list("act", *SHOWN)}


def _added(acts: Collection[UUID], using: str = "default") -> dict[UUID, list[str]]:
    """By links and outcomes."""
    found: dict[UUID, list[str]] = {act: [] for act in acts}
    links = ActLink.objects.filter(act__in=acts, gone_at=None).using(using).order_by()
    outcomes = Outcome.objects.filter(act__in=acts, gone_at=None).using(using).order_by()
    both = links.values_list("act", Value(0), "entry", "number", "name").union(
        outcomes.values_list("act", Value(1), "entry", "note", Value("")), all=True
    )
    for act, _kind, _entry, *said in sorted(both):
        found[act] += filter(None, said)
    return found


def snippets(text: str, acts: Sequence[Act]) -> dict[UUID, list[terms.Part]]:
    """Of each the stretch that was found, by what stands in the rows and in its statement, else in what was
    added; empty where no single text has any of it.
    """
    query = terms.read(text)
    stated = _stated([act.id for act in acts])
    found = {act.id: terms.snippet([act.taxpayer, *stated.get(act.id, ())], query) for act in acts}
    bare = [act for act, parts in found.items() if not parts]
    return found | {act: terms.snippet(said, query) for act, said in (_added(bare) if bare else {}).items()}


@also
def audit_index() -> Iterator[Finding]:
    """For the audit: every act is found by what its rows say, and by nothing else."""
    if search.unsound():
        yield Finding("search index", "index")
    with lock.snapshot() as live:
        acts = Act.objects.order_by("id").using(live).values_list("id", flat=True).iterator(CHUNK)
        while chunk := list(islice(acts, CHUNK)):
            yield from _compared(chunk, live)
        known = Act.objects.values("id").using(live)
        for act in Passage.objects.using(live).exclude(act__in=known).values_list("act", flat=True):
            yield Finding(f"search index {act}", "not in the ledger")


def _compared(acts: list[UUID], live: str) -> Iterator[Finding]:
    stored: dict[UUID, list[list[str]]] = {}
    rows: QuerySet[Passage] = Passage.objects.using(live).filter(act__in=acts).order_by("act", "place")
    for row in rows:
        stored.setdefault(row.act, []).append(row.tokens)
    for act, said in texts(acts, live).items():
        if stored.get(act, []) != terms.passages(said):
            yield Finding(f"search index {act}", "column tokens")
