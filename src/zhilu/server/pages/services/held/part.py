"""The shape of a part of what is held about a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.functional import Promise

Words = str | Promise
Cells = list[Any]


@dataclass(frozen=True)
class Linked:
    """A cell that leads somewhere."""

    text: str
    url: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Part:
    """`found`: the rows of a person, newest first; `told`: what some of them say, a line of cells each."""

    code: str
    title: Words
    says: Words
    header: tuple[Words, ...]
    found: Callable[[UUID], QuerySet[Any] | list[Any]]
    told: Callable[[UUID, Sequence[Any]], Iterable[Cells]]


def filled(part: Part, person: UUID, rows: Sequence[Any]) -> list[Cells]:
    return list(part.told(person, rows))


def entry(index: int | None) -> Linked | str:
    """Where the ledger shows it."""
    if index is None:
        return ""
    return Linked(str(index), f"{reverse('ledger')}?below={index + 1}#entry-{index}")


def recording(row: Model | UUID, text: str) -> Linked:
    return Linked(text, reverse("recording", args=[getattr(row, "id", row)]))
