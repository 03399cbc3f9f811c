"""Evidential tables: only `apply` writes them, everything else is refused here and found by `zhilu server
audit`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import models

from zhilu.server.ledger import waiting


@contextmanager
def applying(many: bool = False) -> Iterator[None]:
    """Inside, evidential tables may be written: by commit and replay only. What is made there waits until
    somebody asks for it, or the end (waiting.py); whoever leaves by an error gives the transaction up.
    """
    with waiting.session(many):
        yield


def _refuse_unless_applying() -> None:
    if not waiting.is_open():
        raise RuntimeError("evidential tables are written by applying ledger events only")


M = TypeVar("M", bound=models.Model)


class EvidentialQuerySet(models.QuerySet[M]):
    """The ways of writing that do not pass by `save` and `delete` of a row."""

    def create(self, **values: Any) -> M:
        """The row waits."""
        row = self.model(**values)
        row._state.adding, row._state.db = False, self.db
        waiting.add(row)
        return row

    def update(self, **values: Any) -> int:
        _refuse_unless_applying()
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        _refuse_unless_applying()
        return super().delete()

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[M]:
        _refuse_unless_applying()
        return super().bulk_create(*args, **kwargs)


class Evidential(models.Model):
    """A row that the ledger can give again. `entry` is the index of the entry that made it.

    Primary keys come from the events; personal columns are named in PERSONAL and are empty after disposal.
    """

    PERSONAL: tuple[str, ...] = ()

    entry = models.BigIntegerField()

    objects = EvidentialQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        _refuse_unless_applying()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        _refuse_unless_applying()
        return super().delete(*args, **kwargs)


class Derived(models.Model):
    """A row that `apply` makes of evidential rows beside it, to find them by: nobody's evidence, so the
    audit's replay goes without it. A rebuild empties the table before it applies; its app checks it in the
    audit.
    """

    class Meta:
        abstract = True
