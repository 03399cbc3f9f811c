"""Columns of a sheet: their names, in Chinese, English or by key, and what may stand in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from zhilu.errors import DataError

Words = str | Promise
Reader = Callable[[str | date], Any]
LANGUAGES = ("zh-hans", "en")
_DAY = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日)"
)
_NUMBER = re.compile(r"[0-9]{1,9}")
YES_NO = {"yes": _("yes"), "no": _("no")}
_BOOLEAN = {"true": "yes", "1": "yes", "√": "yes", "false": "no", "0": "no"}


@dataclass(frozen=True)
class Column:
    """`example`: what may stand in it; `required`: a row without it is refused; `words`: of a choice."""

    key: str
    label: Words
    read: Reader
    example: str
    required: bool = False
    words: Mapping[str, Words] = field(default_factory=dict)

    def shown(self) -> str:
        """The example in the reader's language."""
        return shown(str(self.words.get(self.example, self.example)))

    def names(self) -> set[str]:
        return {self.key, *spoken(self.label)}


def shown(example: str) -> str:
    return example.replace("{bureau}", settings.ZHILU.name_zh or settings.ZHILU.bureau)


def spoken(words: Words) -> set[str]:
    """In each language, in small letters."""
    found = set()
    for language in LANGUAGES:
        with override(language):
            found.add(str(words).casefold())
    return found


def text(longest: int) -> Reader:
    """One line: whatever space is in it is one blank."""

    def read(cell: str | date) -> str:
        found = " ".join(str(cell).split())
        _check_length(found, longest)
        return found

    return read


def lines(longest: int) -> Reader:
    def read(cell: str | date) -> str:
        _check_length(str(cell), longest)
        return str(cell)

    return read


def _check_length(found: str, longest: int) -> None:
    if len(found) > longest:
        raise DataError("value-length", "At most {limit} characters.", limit=longest)


def day(cell: str | date) -> date:
    if isinstance(cell, date):
        return cell
    found = _DAY.fullmatch(cell)
    try:
        year, month, number = (int(part) for part in found.groups() if part) if found else (0, 0, 0)
        return date(year, month, number)
    except ValueError as error:
        raise DataError("value-date", "This is no date: write it as 2026-01-31.") from error


def number(least: int, most: int) -> Reader:
    def read(cell: str | date) -> int:
        if not isinstance(cell, str) or not _NUMBER.fullmatch(cell) or not least <= int(cell) <= most:
            raise DataError(
                "value-number", "A whole number from {least} to {most} is needed.", least=least, most=most
            )
        return int(cell)

    return read


def choice(
    key: str, label: Words, table: Mapping[str, Words], example: str, required: bool = False
) -> Column:
    """A code of the table, by itself or in words."""

    def read(cell: str | date) -> str:
        said = str(cell).casefold()
        for code, words in table.items():
            if said == code or said in spoken(words) | {_short(one) for one in spoken(words)}:
                return code
        options = "、".join(str(words) for words in table.values())
        raise DataError("value-choice", "One of these is needed: {options}.", options=options)

    return Column(key, label, read, example, required, table)


def _short(words: str) -> str:
    """Without what stands in brackets after it."""
    return re.split("[（(]", words)[0].strip()


def yes_no(key: str, label: Words, example: str) -> Column:
    column = choice(key, label, YES_NO, example)

    def read(cell: str | date) -> bool:
        said = str(cell).casefold()
        return bool(column.read(_BOOLEAN.get(said, said)) == "yes")

    return replace(column, read=read)
