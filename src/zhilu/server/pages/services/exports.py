"""A list as an Excel file: the rows that its page may show to this person, and no more of them.

The page's view asks `wanted`, after its rights and filters. An export is a row in the access log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from zhilu.demonstration import is_demonstration
from zhilu.server.ledger.clock import today
from zhilu.server.organisation.services import access
from zhilu.server.pages.services import seen
from zhilu.server.pages.services.rights import person_of
from zhilu.server.pages.templatetags.zhilu import beijing
from zhilu.server.tabular import MOST_ROWS_OUT, write

AT_ONCE = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def wanted(request: HttpRequest) -> bool:
    return request.GET.get("export") == "xlsx"


def xlsx(
    request: HttpRequest,
    name: str,
    title: str,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    above: Iterable[Sequence[Any]] = (),
) -> HttpResponse:
    """`name`: of the file, without personal text. `above`: what the rows are of. At most 20,000 rows: the
    file itself says when that cut it. Times are written in Beijing's, words and ids as text.
    """
    found = [_values(row) for row in islice(rows, MOST_ROWS_OUT + 1)]
    note = ""
    if len(found) > MOST_ROWS_OUT:
        found.pop()
        note = _("Cut: the list has more than %(count)s rows. Narrow it down, and export again.") % {
            "count": MOST_ROWS_OUT
        }
    log_taken(request, ".xlsx")
    return file_answer(
        f"{name}-{today():%Y%m%d}", write(title, header, [*map(_values, above), *found], note, mark())
    )


def in_chunks(found: QuerySet[Any] | list[Any]) -> Iterator[list[Any]]:
    """As many rows as a file may hold, and one more; some at a time, in one question."""
    cut = found[: MOST_ROWS_OUT + 1]
    rows = cut.iterator(AT_ONCE) if isinstance(cut, QuerySet) else iter(cut)
    while chunk := list(islice(rows, AT_ONCE)):
        yield chunk


def log_taken(request: HttpRequest, suffix: str) -> None:
    """A file that is about to be taken out."""
    access.note(
        person_of(request),
        "export",
        seen.target(request, suffix),
        True,
        request.META.get("REMOTE_ADDR", ""),
        seen.about(request),
        seen.taken(request),
    )


def mark() -> str:
    """What files of a demonstration say of themselves."""
    return _("DEMONSTRATION: no real record") if is_demonstration(settings.ZHILU.domain) else ""


def file_answer(name: str, data: bytes) -> HttpResponse:
    answer = HttpResponse(data, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _values(row: Sequence[Any]) -> list[Any]:
    return [_value(value) for value in row]


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return beijing(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value if value is None or isinstance(value, (str, int, float, date)) else str(value)
