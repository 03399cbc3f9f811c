"""People as other programs and lists name them: by number."""

from __future__ import annotations

from collections import defaultdict

from zhilu.errors import DataError
from zhilu.server.organisation.models import Person


class People:
    """By number. Numbers are disposable text: no rule of the ledger keeps them apart."""

    def __init__(self) -> None:
        self._known: dict[str, list[Person]] = defaultdict(list)
        for person in Person.objects.exclude(number=""):
            self._known[person.number].append(person)

    def find(self, number: str) -> Person | None:
        found = self._known.get(number, [])
        if len(found) > 1:
            raise DataError(
                "number-twice", "Several persons have this number: correct it on their pages first."
            )
        return found[0] if found else None

    def get(self, number: str) -> Person:
        found = self.find(number)
        if found is None:
            raise DataError("number-unknown", "Nobody has this number: import the person first.")
        return found
