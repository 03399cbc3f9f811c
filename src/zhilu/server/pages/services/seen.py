"""What the access log says of a page, so that an auditor can ask: who opened, listed, searched this record?

- The path, and of what it asks by `?` what is an id, a day, a number or a code. Words to search, names and
  numbers of taxpayers are personal: of them it says only that something was asked (`q=*`).
- The record that an address is about: the first id in it.
- The records that a list, a search or an exported list showed: the view says them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest

from zhilu.encoding import as_uuid

PLAIN = frozenset(
    {
        "act", "acts", "as", "before", "bureau", "by", "check", "class", "clock", "col", "columns",
        "complete", "confirmed", "counts", "cursor", "cut", "day", "department", "drills", "export", "first",
        "from", "kind", "last", "limit",
        "link", "linked_case", "linked_document", "linked_taxpayer", "longer", "marks", "mine", "newer",
        "officer", "older", "order", "origin", "outcome", "page", "part", "per", "plain", "preview",
        "procedure", "purpose", "rate", "recorder", "report", "role", "shorter", "side", "since", "sort",
        "state", "station", "status", "stored_first", "stored_last", "success", "tier", "used",
        "version", "view", "viewer",
    }
)  # fmt: skip
"""What a list may be asked for that is no personal text."""
_CODED = re.compile(r"[0-9a-f-]{36}|\d{4}-\d\d-\d\d|\d{1,6}|[a-z][a-z-]{0,31}|[A-Z]\d{1,3}", re.ASCII)
LONGEST = 200


def listed(request: HttpRequest, ids: Iterable[UUID | None]) -> None:
    """The rows that this answer shows of recordings or acts, None of what is neither; may be said more than
    once."""
    request.zhilu_listed = [*shown(request), *(one for one in ids if one)]  # type: ignore[attr-defined]


def shown(request: HttpRequest) -> list[UUID]:
    found: list[UUID] = getattr(request, "zhilu_listed", [])
    return found


def taken(request: HttpRequest) -> list[UUID]:
    """They are noted now, and not again with the page."""
    found = shown(request)
    request.zhilu_listed = []  # type: ignore[attr-defined]
    return found


def about(request: HttpRequest) -> UUID | None:
    match = request.resolver_match
    ids = (as_uuid(value) for value in (match.kwargs.values() if match else ()))
    return next((one for one in ids if one), None)


def target(request: HttpRequest, suffix: str = "") -> str:
    asked = [
        (name, value if name in PLAIN and _CODED.fullmatch(str(value)) else "*")
        for name, value in request.GET.items()
        if value and re.fullmatch(r"[a-z_-]{1,20}", name) and not (suffix and name == "export")
    ]
    return (request.path + suffix + ("?" + urlencode(asked, safe="*") if asked else ""))[:LONGEST]
