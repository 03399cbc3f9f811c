"""What pages show of logins and sessions. A session's key is its secret: pages get a handle made from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from zhilu.encoding import h
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import event_of
from zhilu.server.organisation.models import Factor, Person, Session, User
from zhilu.server.organisation.services import sessions
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services import lists
from zhilu.server.pages.words import FACTORS

SHOWN = 20


@dataclass(frozen=True)
class SessionRow:
    handle: str
    name: str
    login: str
    began: datetime | None
    seen: datetime
    address: str
    device: str
    is_this: bool


@dataclass(frozen=True)
class LoginRow:
    person: UUID
    name: str
    login: str
    state: str
    factors: str
    last: datetime | None


@dataclass(frozen=True)
class Change:
    at: datetime
    index: int
    change: str
    by: str


def handle_of(key: str) -> str:
    return h("zhilu/session-handle/v1", key.encode()).hex()[:32]


def session_rows(page: list[Session], this: str | None) -> list[SessionRow]:
    told = names(one.user.person for one in page if one.user)
    return [
        SessionRow(
            handle_of(one.session_key),
            told.get(str(one.user.person), "") if one.user else "",
            one.user.username if one.user else "",
            one.began,
            sessions.seen(one),
            one.address,
            one.device,
            one.session_key == this,
        )
        for one in page
    ]


def session_page(request: HttpRequest, found: QuerySet[Session]) -> dict[str, Any]:
    context = lists.page(request, found)
    return context | {"rows": session_rows(list(context["page"]), request.session.session_key)}


def with_handle(found: QuerySet[Session], handle: str) -> QuerySet[Session]:
    keys = [key for key in found.values_list("session_key", flat=True) if handle_of(key) == handle]
    return found.filter(session_key__in=keys)


def state_of(user: User | None) -> str:
    if user is None:
        return "none"
    if not user.is_active:
        return "disabled"
    if user.locked_until and user.locked_until > now():
        return "locked"
    return "one-time" if user.one_time else "active"


def persons(q: str) -> QuerySet[Person]:
    found = Person.objects.order_by("entry", "id")
    if not q:
        return found
    logins = User.objects.filter(username__contains=q.lower()).values("person")
    return found.filter(Q(name__contains=q) | Q(id__in=logins))


def login_rows(page: list[Person]) -> list[LoginRow]:
    users = {user.person: user for user in User.objects.filter(person__in=[one.id for one in page])}
    kinds: dict[int, list[str]] = {}
    for user, kind in Factor.objects.filter(user__in=users.values()).values_list("user", "kind"):
        kinds.setdefault(user, []).append(str(FACTORS[kind]))
    return [_login_row(one, users.get(one.id), kinds) for one in page]


def _login_row(person: Person, user: User | None, kinds: dict[int, list[str]]) -> LoginRow:
    factors = " + ".join(sorted(kinds.get(user.pk, []))) if user else ""
    return LoginRow(
        person.id,
        str(person),
        user.username if user else "",
        state_of(user),
        factors,
        user.last_login if user else None,
    )


def history(person: UUID) -> list[Change]:
    """What became of this person's login, as the ledger has it, the newest first."""
    entries = Entry.objects.filter(kind="account-changed/1", subject=str(person)).order_by("-index")[:SHOWN]
    # The bureau's own code is a command on the server: the page says so.
    told = names({one.actor for one in entries} - {settings.ZHILU.bureau})
    return [Change(one.at, one.index, event_of(one).change, told.get(one.actor, "")) for one in entries]
