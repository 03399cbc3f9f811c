"""How values look on a page."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from zhilu.encoding import parse_time
from zhilu.errors import DataError
from zhilu.server.federation.services import adopting
from zhilu.server.ledger.clock import day_of, in_beijing
from zhilu.server.numbers import minus
from zhilu.server.organisation.models import Delegation
from zhilu.server.pages.words import TABLES

register = template.Library()


@register.simple_tag
def is_citys(name: str, subject: object = "") -> bool:
    """Whether the city lays down, in place of this county, what entries of this name say."""
    return adopting.is_citys(name, str(subject))


@register.filter
def said(code: str, table: str) -> str:
    """A code in words; a code without words as it stands, among alarms as what a device said."""
    if table == "alarm" and code not in TABLES[table]:
        return _("Refused with the code %(code)s") % {"code": code}
    return str(TABLES[table].get(code, code))


@register.filter
def beijing(at: datetime | None) -> str:
    """Date and time in Beijing, to the second."""
    return in_beijing(at).strftime("%Y-%m-%d %H:%M:%S") if at else ""


@register.filter
def day(at: datetime | date | None) -> str:
    """The day in Beijing."""
    if at is None:
        return ""
    return (day_of(at) if isinstance(at, datetime) else at).isoformat()


_DATE = re.compile(r"(<[^>]*>)|([0-9]{4}-[0-9]{2}-[0-9]{2})")


@register.filter(needs_autoescape=False)
def unbroken(text: Any) -> str:
    """Text or markup of which no line ends within a date."""

    def kept(found: re.Match[str]) -> str:
        return found[1] or f'<span class="z-when">{found[2]}</span>'

    return mark_safe(_DATE.sub(kept, conditional_escape(text)))  # noqa: S308


@register.filter
def day_before(day: date | None) -> str:
    """The last day of what ends with this one as its first day no more."""
    if not day:
        return ""
    return (day - timedelta(days=1)).isoformat() if day > date.min else day.isoformat()


@register.filter
def last_day(row: Delegation) -> str:
    """Of a delegation: it counts to the end of that day, in Beijing, or ended on it before its time."""
    if row.ended_at and row.ended_at < row.until:
        return day(row.ended_at)
    return day(row.until - timedelta(microseconds=1))


@register.filter
def moment(text: str) -> str:
    """A device's time, as its line says it; what is none stays as it stands."""
    try:
        return beijing(parse_time(text))
    except DataError:
        return text


@register.filter
def offset(us: int) -> str:
    """H:MM:SS from the beginning."""
    return clock(timedelta(microseconds=us))


@register.filter
def plain(value: object) -> str:
    """A cell of a table: times in Beijing's, days as such, nothing where there is none."""
    if isinstance(value, datetime):
        return beijing(value)
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


@register.filter
def short(text: str) -> str:
    return str(text)[:12]


@register.filter
def clock(length: timedelta | None) -> str:
    """H:MM:SS; a dash where nobody knows."""
    if length is None:
        return "—"
    seconds = max(0, round(length.total_seconds()))
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


@register.filter
def size(length: int) -> str:
    """Bytes for people."""
    amount = float(length)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1024 or unit == "GB":
            break
        amount /= 1024
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


@register.filter
def grouped(number: int) -> str:
    """200,000."""
    return f"{number:,}"


@register.filter
def yuan(fen: int | None) -> str:
    """An amount; nothing where there is none."""
    return "" if fen is None else _("CNY %(amount)s") % {"amount": f"{fen // 100:,}.{fen % 100:02d}"}


@register.filter
def metres(length: float) -> str:
    return f"{length / 1000:,.1f} km" if length >= 1000 else f"{length:.0f} m"


@register.filter
def seconds(us: int) -> str:
    return _("%(count).1f s") % {"count": us / 1_000_000}


@register.filter
def drift(us: int) -> str:
    """Signed, to the millisecond."""
    return minus(_("%(count)+.3f s") % {"count": us / 1_000_000})


@register.filter
def styled(field: BoundField) -> SafeString:
    """The field's input as this look draws it."""
    is_select = isinstance(field.field.widget, forms.Select)
    return field.as_widget(attrs={"class": "form-select" if is_select else "form-control"})


@register.filter
def is_choices(field: BoundField) -> bool:
    """Boxes or buttons in a group, under one legend."""
    return isinstance(field.field.widget, forms.RadioSelect)


@register.filter
def is_tick(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)
