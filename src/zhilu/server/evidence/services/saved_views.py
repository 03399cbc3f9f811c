"""What a person asks of a list again and again. Ordinary rows; everybody reaches his own alone."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from zhilu.errors import DataError
from zhilu.server.evidence import rules_desk
from zhilu.server.evidence.models import SavedView
from zhilu.server.ledger import lock


def of(person: UUID, listed: str) -> QuerySet[SavedView]:
    return SavedView.objects.filter(person=person, list=listed).order_by("name")


def save(person: UUID, listed: str, name: str, asked: str, is_default: bool) -> SavedView:
    """Under this name, in place of what that name had."""
    name = name.strip()
    rules_desk.check_view(name, asked)
    with lock.held():
        mine = of(person, listed)
        if not mine.filter(name=name).exists() and mine.count() >= rules_desk.MOST_VIEWS:
            raise DataError(
                "views-many", "A person keeps at most {most} views of a list.", most=rules_desk.MOST_VIEWS
            )
        if is_default:
            mine.update(is_default=False)
        told = {"asked": asked, "is_default": is_default}
        row, _ = SavedView.objects.update_or_create(person=person, list=listed, name=name, defaults=told)
    return row


def begin_with(person: UUID, listed: str, view: int | None) -> None:
    """Where this list begins from now on; None: as for everybody."""
    with lock.held():
        mine = of(person, listed)
        if view is not None and not mine.filter(id=view).exists():
            raise _gone()
        mine.update(is_default=False)
        if view is not None:
            mine.filter(id=view).update(is_default=True)


def delete(person: UUID, listed: str, view: int) -> None:
    if not of(person, listed).filter(id=view).delete()[0]:
        raise _gone()


def _gone() -> DataError:
    return DataError("view-gone", "This view is there no more.")
