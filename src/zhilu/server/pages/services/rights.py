"""Who may open which page. One table; a test walks it role by role and address by address.

- Officers see their own recordings and acts; viewers, approvers, heads of units the text of their scope.
- System and security administrators see people, the system administrator the alarms; the audit administrator
  sees the access log. None of the three sees a recording or an act.
- What is missing of a recorder names nobody: the system and audit administrators, viewers and approvers see
  it.
- Whoever is asked by a finding, or sanctioned, opens that, explains and appeals, also without a role.
- Everybody with a role sees the ledger: entries carry no names.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from zhilu.server.organisation.rules import ROLES
from zhilu.server.organisation.services.rights import READS_TEXT, Rights, rights_of

ALL_TEXT = frozenset(READS_TEXT)
MAY: dict[str, frozenset[str]] = {
    "recordings": ALL_TEXT | {"officer"},
    "acts": ALL_TEXT | {"officer"},
    "statistics": ALL_TEXT,
    "copies": ALL_TEXT,
    "assessment": frozenset({"unit-head", "leader", "supervisor"}),
    "assessment-read": frozenset(ROLES),
    "assessment-write": frozenset({"supervisor"}),
    "assessment-publish": frozenset({"leader"}),
    "objections": frozenset({"leader"}),
    "today": frozenset({"unit-head", "supervisor", "leader"}),
    "units": frozenset({"unit-head", "supervisor", "leader"}),
    "footage-reviews": frozenset({"supervisor"}),
    "footage-draws": frozenset({"supervisor", "unit-head", "leader"}),
    "footage-own": frozenset({"officer"}),
    "footage-checklists": frozenset({"supervisor", "unit-head", "leader", "officer", "legal-editor"}),
    "footage-checklists-write": frozenset({"legal-editor"}),
    "viewings": frozenset({"viewer", "approver", "leader", "audit-administrator"}),
    "describe": frozenset({"officer", "unit-head"}),
    "findings": frozenset({"officer", "viewer", "approver", "unit-head", "supervisor", "leader"}),
    "findings-conclude": frozenset({"supervisor", "leader"}),
    "findings-conclude-many": frozenset({"supervisor"}),
    "findings-refer": frozenset({"leader"}),
    "explain": frozenset({"officer"}),
    "explanations-decide": frozenset({"unit-head", "supervisor"}),
    "explanations-accept": frozenset({"unit-head"}),
    "explanations-confirm": frozenset({"supervisor"}),
    "sanctions-decide": frozenset({"unit-head", "leader"}),
    "appeals-decide": frozenset({"leader"}),
    "confirm": frozenset({"unit-head"}),
    "write": frozenset({"officer"}),
    "recorders": ALL_TEXT | {"equipment-keeper", "system-administrator", "audit-administrator"},
    "equipment": frozenset({"equipment-keeper", "system-administrator"}),
    "equipment-keep": frozenset({"equipment-keeper"}),
    "equipment-enrol": frozenset({"system-administrator"}),
    "alarms": frozenset({"system-administrator"}),
    "people": frozenset({"system-administrator", "security-administrator"}),
    "organisation": frozenset({"system-administrator"}),
    "delegations": frozenset({"approver", "leader", "unit-head", "security-administrator"}),
    "calendar": frozenset(ROLES),
    "calendar-write": frozenset({"security-administrator"}),
    "accounts": frozenset({"system-administrator"}),
    "grants": frozenset({"security-administrator"}),
    "rights-review": frozenset({"security-administrator", "audit-administrator"}),
    "logs": frozenset({"audit-administrator"}),
    "audit": frozenset({"audit-administrator", "unit-head"}),
    "audit-all": frozenset({"audit-administrator"}),
    "api-tokens": frozenset({"security-administrator"}),
    "training": frozenset({"trainer", "unit-head", "equipment-keeper"}),
    "training-write": frozenset({"trainer"}),
    "training-own": frozenset({"officer"}),
    "health": frozenset({"system-administrator"}),
    "catalogue": frozenset(ROLES),
    "oversight-rules": frozenset(ROLES),
    "catalogue-write": frozenset({"legal-editor"}),
    "propose": frozenset({"officer", "unit-head"}),
    "readers": frozenset({"legal-editor", "unit-head"}),
    "notices": frozenset(ROLES),
    "notices-write": frozenset({"leader", "legal-editor"}),
    "notices-confirm": frozenset({"leader", "unit-head"}),
    "home": frozenset(ROLES),
    "imports": frozenset(
        {
            "system-administrator",
            "security-administrator",
            "equipment-keeper",
            "trainer",
            "legal-editor",
            "supervisor",
        }
    ),
    "due-tasks": ALL_TEXT | {"officer"},
    "due-tasks-write": frozenset({"supervisor"}),
    "ledger": frozenset(ROLES),
    "federation": frozenset(
        {"leader", "system-administrator", "security-administrator", "audit-administrator"}
    ),
    "partings": frozenset({"system-administrator", "security-administrator"}),
}
View = Callable[..., HttpResponseBase]


def may(roles: frozenset[str], what: str) -> bool:
    return bool(roles & MAY[what])


def person_of(request: HttpRequest) -> UUID:
    person: UUID = request.user.person  # type: ignore[union-attr]
    return person


def rights(request: HttpRequest) -> Rights:
    """What the signed-in person may do; read once for a request."""
    found: Rights | None = getattr(request, "zhilu_rights", None)
    if found is None:
        found = request.zhilu_rights = rights_of(person_of(request), reads=True)  # type: ignore[attr-defined]
    return found


def sees_others(request: HttpRequest) -> bool:
    """Whether this person sees text that is not only his own."""
    return bool(rights(request).roles & ALL_TEXT)


def needs(what: str) -> Callable[[View], View]:
    """The view is for signed-in persons with a role that may do this; others get 403."""

    def decorate(view: View) -> View:
        @login_required
        @functools.wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(rights(request).roles, what):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return wrapped

    return decorate
