"""Signed-in browsers. A session is its row: taken away, the next request is nobody's, and one that is being
answered cannot bring it back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from zhilu.encoding import format_time, parse_time
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import AccountChanged
from zhilu.server.organisation.models import Session, User

BROWSERS = {"Edg": "Edge", "Firefox": "Firefox", "Chrome": "Chromium", "Safari": "Safari"}
SYSTEMS = ("Windows", "Android", "iPhone", "Mac OS X", "Linux")


class SessionStore(DatabaseStore):
    """Django's, in a table that says whose it is."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        made = cast(Session, super().create_model_instance(data))
        user = data.get(SESSION_KEY)
        made.user_id = int(user) if user else None
        made.began = parse_time(data["began"]) if "began" in data else None
        made.address = data.get("address", "")
        made.device = data.get("device", "")
        return made


def describe(session: Any, meta: Mapping[str, Any], factor: str) -> None:
    """What a session that begins says of itself. `factor`: the kind of second factor it was opened with."""
    session["began"] = format_time(now())
    session["address"] = str(meta.get("REMOTE_ADDR", ""))[:64]
    session["device"] = device_of(str(meta.get("HTTP_USER_AGENT", "")))
    session["factor"] = factor
    # Whoever signs in sweeps: nobody else would. Django's clock, which set the dates.
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


def device_of(agent: str) -> str:
    """Browser and system, in few words."""
    browser = next(
        (f"{name} {found[1]}" for mark, name in BROWSERS.items() if (found := _version(mark, agent))), ""
    )
    system = next((name for name in SYSTEMS if name in agent), "")
    return " · ".join(part for part in (browser, system) if part) or agent[:80]


def _version(mark: str, agent: str) -> re.Match[str] | None:
    return re.search(rf"{mark}/(\d{{1,4}})", agent)


def live() -> QuerySet[Session]:
    """Signed-in and not timed out, the newest first."""
    found = Session.objects.filter(user__isnull=False, expire_date__gt=timezone.now())
    return found.select_related("user").order_by("-began", "session_key")


def seen(session: Session) -> Any:
    """When its last request was: each one puts the end off by the idle time."""
    return session.expire_date - timedelta(seconds=settings.SESSION_COOKIE_AGE)


def end(found: QuerySet[Session], actor: str) -> int:
    """Sign these out at once; the ledger says so of each person. Returns how many there were."""
    with transaction.atomic():
        persons = list(User.objects.filter(session__in=found).values_list("person", flat=True).distinct())
        count, _each = found.delete()
        for person in sorted(persons, key=str) if count else []:
            commit(AccountChanged(str(person), "sessions-ended"), actor)
    return count


def end_others(user: User, keep: str | None) -> int:
    """Without an entry of its own: something that has one is the reason."""
    return Session.objects.filter(user=user).exclude(session_key=keep or "").delete()[0]


def claim(key: str | None) -> bool:
    """Take this session away; of many who try at once, one does."""
    return bool(key) and Session.objects.filter(session_key=key).delete()[0] == 1
