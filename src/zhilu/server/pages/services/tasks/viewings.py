"""Viewings that were asked for and not decided on; reports on urgent ones."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from zhilu.protocols.viewing import DECIDING_ROLES, OUTSIDE_PURPOSES
from zhilu.protocols.viewing_after import REPORT_DUE
from zhilu.server.evidence.models import Recording, Viewing, ViewingDecision, ViewingSpan
from zhilu.server.evidence.services.reports import owed
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services.tasks.desk import FEW, MOST, Card, Desk
from zhilu.server.pages.services.viewings import visible
from zhilu.server.pages.templatetags.zhilu import beijing
from zhilu.server.pages.words import PURPOSES

LEADERS = Q(kind="copy") | Q(purpose__in=OUTSIDE_PURPOSES)
"""What a leader of the bureau decides."""


def undecided(desk: Desk) -> Card | None:
    """In the viewing room they are decided, with a security key; nobody decides on his own, nor twice."""
    asked = Viewing.objects.filter(approved=None, expires__gt=desk.at).exclude(viewer=desk.rights.person)
    asked = asked.filter(_mine_to_decide(desk.rights))
    by_me = ViewingDecision.objects.filter(approver=desk.rights.person, viewing__approved=None)
    asked = asked.exclude(id__in=by_me.values("viewing"))
    # Of a city's each bureau decides once.
    ours = ViewingDecision.objects.filter(side="county")
    asked = asked.exclude(kind="city", id__in=ours.values("viewing"))
    found = list(asked.order_by("requested")[: MOST + 1])
    if not found:
        return None
    return Card(
        "late" if any(one.kind == "urgent" for one in found) else "waits",
        _("Viewings to decide"),
        len(found),
        _("Asked for and neither approved nor refused. You decide in the viewing room, with your key."),
        f"{_room()}/" if _room() else "",
        _("To the viewing room") if _room() else "",
        _lines(found),
    )


def _mine_to_decide(rights: Rights) -> Q:
    """By rank: what lies in the scope of the roles that may decide about it; an urgent one wherever it
    lies."""
    leader, any_ = _within(rights, "leader"), _within(rights, *DECIDING_ROLES)
    return Q(kind="urgent") | (LEADERS & leader) | (~LEADERS & any_)


def _within(rights: Rights, *roles: str) -> Q:
    here = Recording.objects.filter(rights.within(*roles)).values("id")
    return Q(id__in=ViewingSpan.objects.filter(recording__in=here).values("viewing"))


def reports_owed(desk: Desk) -> Card | None:
    """My own."""
    found = list(owed().filter(viewer=desk.rights.person).order_by("requested")[: MOST + 1])
    if not found:
        return None
    late = any(one.requested + REPORT_DUE <= desk.at for one in found)
    return Card(
        "late" if late else "waits",
        _("Reports on urgent viewings"),
        len(found),
        _("You owe them within 72 hours. While one is overdue no urgent viewing is released to you."),
        f"{_room()}/" if _room() else "",
        _("To the viewing room") if _room() else "",
        _lines(found),
    )


def reports_overdue(desk: Desk) -> Card | None:
    """Of others: about recordings in my departments; to the audit administrator all."""
    late = owed().filter(requested__lte=desk.at - REPORT_DUE).exclude(viewer=desk.rights.person)
    found = list(late.filter(id__in=visible(desk.rights).values("id")).order_by("requested")[: MOST + 1])
    if not found:
        return None
    return Card(
        "late",
        _("Reports overdue"),
        len(found),
        _("Somebody watched urgently and has not reported within 72 hours."),
        f"{reverse('viewings')}?{urlencode({'report': 'overdue'})}",
        _("To the list"),
        _lines(found),
    )


def _room() -> str:
    return settings.ZHILU.keyholder.room if settings.ZHILU.keyholder else ""


def _lines(found: Iterable[Viewing]) -> list[tuple[str, str]]:
    lines = [(f"{beijing(one.requested)} · {PURPOSES.get(one.purpose, one.purpose)}", "") for one in found]
    return lines[:FEW]
