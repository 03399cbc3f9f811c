"""From a right password to a session. Between the two steps the browser is nobody: what it has is the word of
the server, for five minutes, that a password was right.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from zhilu.encoding import b64u, unb64u
from zhilu.server.ledger.clock import now, unix_s
from zhilu.server.organisation.models import User
from zhilu.server.organisation.services import access, factors, sessions, tries

PENDING = "pending"
CHALLENGE = "challenge"
PENDING_S = 300


def address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def begin_second(request: HttpRequest, user: User, target: str) -> None:
    """A new session under a new name, so that nobody waits in it who gave it to this browser."""
    request.session.flush()
    request.session[PENDING] = {
        "user": user.pk,
        "until": unix_s() + PENDING_S,
        "password": user.get_session_auth_hash(),
        "next": target,
    }


def waiting(request: HttpRequest) -> tuple[User, dict[str, Any]] | None:
    """Whose password was right in this browser; None when that is too long ago, or when password or
    account changed meanwhile.
    """
    said = request.session.get(PENDING)
    if not said or said["until"] < unix_s():
        return None
    user = User.objects.filter(pk=said["user"], is_active=True).first()
    if user is None or not constant_time_compare(said["password"], user.get_session_auth_hash()):
        return None
    return user, said


def is_locked(user: User) -> bool:
    return User.objects.filter(pk=user.pk, locked_until__gt=now()).exists()


def end_waiting(request: HttpRequest) -> None:
    if PENDING in request.session:
        request.session.flush()


def challenge(request: HttpRequest) -> bytes:
    """A new one, kept in the session: for one answer."""
    made = secrets.token_bytes(32)
    request.session[CHALLENGE] = b64u(made)
    return made


def take_challenge(request: HttpRequest) -> bytes:
    """Empty when there is none."""
    return unb64u(request.session.pop(CHALLENGE)) if CHALLENGE in request.session else b""


def try_second(request: HttpRequest, user: User) -> str | None:
    """The kind of factor that was right; one try, which counts as those of the password do."""
    answer = request.POST.get("credential", "")
    asked = take_challenge(request)
    spent = tries.spend(user)
    if not spent:
        return None
    if answer:
        is_right = bool(asked) and factors.use_key(user, asked, answer)
        kind = "key"
    else:
        is_right = factors.use_code(user, request.POST.get("code", "").replace(" ", "")[:16])
        kind = "app"
    # Of several answers of one browser at once, the one that takes the session goes on.
    return kind if is_right and sessions.claim(request.session.session_key) else None


def finish(request: HttpRequest, user: User, factor: str) -> None:
    """Signed in. `login` gives the session a new name and the forms new tokens."""
    request.session.pop(PENDING, None)
    login(request, user, "zhilu.server.organisation.services.accounts.LockoutBackend")
    sessions.describe(request.session, request.META, factor)
    tries.forget(user)
    access.note(user.person, "sign-in", "/login", True, address(request))
