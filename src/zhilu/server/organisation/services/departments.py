"""Setting up departments, and bureaus besides the own one: what the system administrator does."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from zhilu.server.ledger.clock import new_id
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import BureauListed, DepartmentSet
from zhilu.server.organisation.models import Bureau, Department


@dataclass(frozen=True)
class Described:
    """A department as it shall be."""

    name: str
    kind: str
    parent: UUID | None = None
    order: int = 0
    closed: bool = False


def put(described: Described, actor: UUID | str, department: UUID | None = None) -> UUID:
    """A new one, or what a known one is from now on; returns its id."""
    found = department or new_id()
    event = DepartmentSet(
        department=str(found),
        bureau=own_bureau(),
        parent=str(described.parent) if described.parent else None,
        kind=described.kind,
        name=described.name.strip(),
        order=described.order,
        closed=described.closed,
    )
    commit(event, str(actor))
    return found


def own_bureau() -> str:
    """The code of the founded bureau."""
    return Bureau.objects.values_list("code", flat=True).first() or ""


def own(is_open: bool = True) -> list[Department]:
    """The founded bureau's, in their order."""
    found = Department.objects.filter(bureau__in=Bureau.objects.values("code"))
    return list((found.filter(closed=False) if is_open else found).order_by("order", "name", "id"))


def list_bureau(code: str, name: str, parent: str | None, closed: bool, actor: UUID | str) -> None:
    commit(BureauListed(code, name.strip(), parent, closed), str(actor))
