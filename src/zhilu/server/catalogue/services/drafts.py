"""The next version of the catalogue while it is written.

- The draft is what shall be otherwise than in the newest version: so a version that comes in meanwhile is
  never undone by it.
- What enters the ledger is what was looked at: the digest of the preview comes back with the order.
- Draft and version move in one transaction, under the ledger's lock: of two orders at once, one goes through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from zhilu import strictjson
from zhilu.encoding import sha256
from zhilu.errors import CallerError, DataError
from zhilu.server.catalogue import rules
from zhilu.server.catalogue.events import CatalogueSet, ProcedureDecided
from zhilu.server.catalogue.models import Catalogue, Change, Proposal
from zhilu.server.catalogue.services import catalogue
from zhilu.server.catalogue.services.differences import Content
from zhilu.server.ledger import lock, shapes
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.events import MAX_PAYLOAD
from zhilu.server.ledger.services import commit

PARTS = ("procedures", "classes", "scripts")


def newest() -> int:
    return Catalogue.objects.order_by("-version").values_list("version", flat=True).first() or 0


def content(version: int) -> Content:
    found = Catalogue.objects.filter(version=version).first()
    if found is None:
        return Content()
    rows = {one.code: listed(one) for one in catalogue.procedures(version)}
    return Content(dict(found.classes), dict(found.scripts), rows)


def listed(row: Any) -> dict[str, Any]:
    """A procedure's fields as a version has them."""
    return {name: getattr(row, "class_code" if name == "class" else name) for name in rules.FIELDS}


@dataclass(frozen=True)
class Draft:
    """`base`: the newest version; `after`: with the changes, as the next one, which is `version`."""

    version: int
    base: Content
    after: Content


def read() -> Draft:
    """The draft as it is; four queries."""
    number = newest()
    base = content(number)
    parts: dict[str, dict[str, Any]] = {part: dict(getattr(base, part)) for part in PARTS}
    for change in Change.objects.order_by("id"):
        if change.value is None:
            parts[change.part].pop(change.code, None)
        else:
            parts[change.part][change.code] = change.value
    after = Content(**{part: dict(sorted(found.items())) for part, found in parts.items()})
    return Draft(number + 1, base, after)


def set_procedure(row: Mapping[str, Any], by: UUID) -> None:
    """Add or change one; refused where it could not stand in a version."""
    with lock.held():
        draft = read()
        rules.read_procedure(dict(row), draft.after.classes, draft.after.scripts)
        _keep("procedures", row["code"], dict(row), by, draft.base)


def set_text(part: str, code: str, text: str, by: UUID) -> None:
    """Of a class or a script."""
    rules.check_texts({code: text})
    with lock.held():
        _keep(part, code, text, by, read().base)


def retire(part: str, code: str, by: UUID) -> None:
    """No longer listed in the next version."""
    with lock.held():
        draft = read()
        users = [
            row["code"]
            for row in draft.after.procedures.values()
            if (part, code) in (("classes", row["class"]), ("scripts", row["script"]))
        ]
        if users:
            raise CallerError("text-in-use", "It is used by {procedures}.", procedures=", ".join(users[:10]))
        _keep(part, code, None, by, draft.base)


def undo(part: str, code: str) -> None:
    Change.objects.filter(part=part, code=code).delete()


def clear() -> None:
    Change.objects.all().delete()


def take_list(rows: Sequence[Mapping[str, Any]], by: UUID) -> None:
    """The draft's procedures become these, all of them; who is missing is retired."""
    with lock.held():
        draft = read()
        found = rules.read_procedures(draft.after.classes, draft.after.scripts, [dict(row) for row in rows])
        Change.objects.filter(part="procedures").delete()
        for one in found:
            _keep("procedures", one.code, one.to_json(), by, draft.base)
        for code in set(draft.base.procedures) - {one.code for one in found}:
            _keep("procedures", code, None, by, draft.base)


def next_version(draft: Draft, since: date) -> CatalogueSet:
    after = draft.after
    return CatalogueSet(
        draft.version, since.isoformat(), after.classes, after.scripts, list(after.procedures.values())
    )


def digest(event: CatalogueSet) -> str:
    """Of all but the day."""
    said = [event.version, event.classes, event.scripts, event.procedures]
    return sha256(strictjson.dumps(said)).hex()


def size(event: CatalogueSet) -> int:
    """Bytes of the entry."""
    return len(strictjson.dumps(shapes.to_core(event)))


def put_in_force(since: date, by: UUID, seen: str, adopted: Iterable[UUID] = ()) -> int:
    """The draft becomes a version and is empty again; `seen`: the digest that was looked at. The proposals
    `adopted` are decided with it. Returns the version.
    """
    with lock.held():
        event = next_version(read(), since)
        if digest(event) != seen:
            raise CallerError("draft-changed", "The draft has changed since you looked: look at it again.")
        if not Change.objects.exists():
            raise CallerError("draft-empty", "Nothing is otherwise than in the newest version.")
        _check_size(event)
        decisions = [ProcedureDecided(str(one), "adopted", event.version) for one in adopted]
        commit.commit_all([commit.Proposal(one, str(by)) for one in (event, *decisions)])
        clear()
    return event.version


def _check_size(event: CatalogueSet) -> None:
    if size(event) > MAX_PAYLOAD:
        raise CallerError(
            "catalogue-size",
            "This version has {size} bytes; an entry of the ledger holds {limit}. Shorten some texts.",
            size=size(event),
            limit=MAX_PAYLOAD,
        )


def _keep(part: str, code: str, value: Any, by: UUID, base: Content) -> None:
    """What is as in the newest version is no change."""
    if value == getattr(base, part).get(code):
        undo(part, code)
        return
    values = {"part": part, "code": code, "value": value, "by": by, "at": now()}
    Change.objects.update_or_create(id=f"{part}/{code}", defaults=values)


def open_proposals() -> list[Proposal]:
    return list(Proposal.objects.filter(decision="").order_by("entry"))


def check_day(since: date, today: date) -> None:
    """Before anything is asked: may the next version begin then?"""
    found = Catalogue.objects.order_by("-version").first()
    if found is None:
        raise DataError("catalogue", "There is no catalogue yet.")
    rules.check_version(found.version + 1, since, found.version, found.since, today)
