"""Accounts: who signs in with what, and what the system administrator does with it (rules_login).

A locked account, a wrong password and an unknown name look the same from outside, also in time. Whoever makes
or resets an account learns a one-time password, once, and nothing else; the ledger says who did it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import check_password as matches
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import IntegrityError, transaction
from django.db.models import Expression, OuterRef, Subquery
from django.http import HttpRequest

from zhilu.errors import CallerError
from zhilu.server.ledger import lock
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation import rules_login as rules
from zhilu.server.organisation.events import AccountChanged
from zhilu.server.organisation.models import PasswordBefore, Person, User
from zhilu.server.organisation.rules import ADMINISTRATORS
from zhilu.server.organisation.services import sessions, tries
from zhilu.server.organisation.services.people import roles_of

# Without those that look alike.
LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_USERNAME = RegexValidator(r"\A[a-z][a-z0-9._-]{1,63}\Z")


BESIDE: dict[str, Callable[[], Expression]] = {}
"""What other apps read of whoever is signed in, in the query that each request makes for him: the name of the
attribute, and what is asked of his row.
"""


class LockoutBackend(ModelBackend):
    """Username and password, with the lock. A second factor, where there is one, comes after."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> User | None:
        if not username or password is None:
            return None
        # One of the two databases takes no NUL in a text.
        user = User.objects.filter(username=username).first() if "\0" not in username else None
        if user is None:
            User().set_password(password)  # the same work as for a known name
            return None
        return user if is_password(user, password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """Of each request, with the person's name in the same query as `person_name`, and BESIDE."""
        name = Person.objects.filter(id=OuterRef("person")).values("name")[:1]
        mine = User.objects.filter(pk=user_id, is_active=True).annotate(person_name=Subquery(name))
        return mine.annotate(**{one: asked() for one, asked in BESIDE.items()}).first()


def is_password(user: User, password: str) -> bool:
    """One try."""
    spent = tries.spend(user)
    is_right = matches(password, user.password) and spent > 0
    if is_right:
        tries.refund(user, spent)
    return is_right


def must_change(user: User) -> bool:
    return rules.must_change(user.one_time, user.password_set, now())


def has_run_out(user: User) -> bool:
    return rules.has_run_out(user.one_time, user.password_set, now())


def change_password(user: User, old: str, new: str, session: str | None) -> None:
    """The person's own choice. All other browsers of this person are signed out."""
    if not is_password(user, old):
        raise CallerError("password-wrong", "The present password is wrong, or the account is locked.")
    _check_new(user, new)
    with transaction.atomic():
        _set(user, new, one_time=False)
        sessions.end_others(user, session)
    tries.forget(user)


def _check_new(user: User, new: str) -> None:
    rules.check_password(new, user.username)
    before = PasswordBefore.objects.filter(user=user).order_by("-id")[: rules.REMEMBERED - 1]
    if any(matches(new, used) for used in (user.password, *(one.password for one in before))):
        raise CallerError("password-used", "The password is one of the last five.")


def _set(user: User, password: str, *, one_time: bool) -> None:
    """Only if the password is still the one that was looked at: of two changes at once, one counts."""
    was = user.password
    user.set_password(password)
    fresh: dict[str, Any] = {"password": user.password, "one_time": one_time, "password_set": now()}
    fresh |= {"failures": 0, "locked_until": None}
    if not User.objects.filter(pk=user.pk, password=was).update(**fresh):
        raise CallerError("password-raced", "The password was changed by somebody else just now.")
    user.one_time, user.password_set = one_time, fresh["password_set"]
    PasswordBefore.objects.create(user=user, password=was)
    kept = PasswordBefore.objects.filter(user=user).order_by("-id")[: rules.REMEMBERED]
    PasswordBefore.objects.filter(user=user).exclude(id__in=[one.id for one in kept]).delete()


def new_password(username: str) -> str:
    """A one-time password: 69 random bits, to be read out and typed."""
    while True:
        drawn = "".join(secrets.choice(LETTERS) for _number in range(12))
        password = "-".join((drawn[:4], drawn[4:8], drawn[8:]))
        try:
            rules.check_password(password, username)
        except CallerError:
            continue
        return password


def create(
    username: str, person: str, actor: str, password: str | None = None, digest: str = ""
) -> tuple[User, str]:
    """An account, and its one-time password. An administrator's is made at the server, as it is reset.
    `digest`: of this password, where it is known already. It takes long, so nobody waits for it in the lock.
    """
    check_name(username)
    if not _is_known(person):
        raise CallerError("person-unknown", "No such person has been added to the ledger.")
    if actor != _bureau():
        rules.check_resets(roles_of(person), ADMINISTRATORS)
    given = new_password(username) if password is None else password
    digest = digest or make_password(given)
    try:
        with lock.held():
            fresh: dict[str, Any] = {"one_time": True, "password_set": now()}
            user = User.objects.create_user(username, given, person, digest, **fresh)
            commit(AccountChanged(person, "created"), actor)
    except IntegrityError:
        raise CallerError("user-known", "This user name or person has another account already.") from None
    return user, given


def reset(user: User, actor: str, password: str | None = None, *, at_server: bool = False) -> str:
    """A new one-time password; the lock is opened, every browser is signed out, second factors stay."""
    rules.check_administers(actor, str(user.person))
    if not at_server and not user.factors.exists():
        rules.check_resets(roles_of(user.person), ADMINISTRATORS)
    given = new_password(user.username) if password is None else password
    with lock.held():
        _set(user, given, one_time=True)
        sessions.end_others(user, None)
        commit(AccountChanged(str(user.person), "password-reset"), actor)
    return given


def disable(user: User, actor: str) -> None:
    rules.check_administers(actor, str(user.person))
    with lock.held():
        if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            sessions.end_others(user, None)
            commit(AccountChanged(str(user.person), "disabled"), actor)


def enable(user: User, actor: str) -> None:
    rules.check_administers(actor, str(user.person))
    with lock.held():
        if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            commit(AccountChanged(str(user.person), "enabled"), actor)


def forget_factors(user: User, actor: str, *, at_server: bool = False) -> None:
    """The person lost app and key: the next sign-in is by password, and begins with a new one."""
    rules.check_administers(actor, str(user.person))
    if not at_server:
        rules.check_forgets(roles_of(user.person), ADMINISTRATORS)
    with lock.held():
        if user.factors.all().delete()[0]:
            sessions.end_others(user, None)
            commit(AccountChanged(str(user.person), "factor-removed"), actor)


def end_sessions(user: User, actor: str) -> None:
    rules.check_administers(actor, str(user.person))
    sessions.end(sessions.live().filter(user=user), actor)


def set_account(
    username: str, password: str, person: str, *, lasting: bool = True, digest: str = ""
) -> tuple[User, bool]:
    """At the server: a person's account, or its password anew; True when it was made."""
    rules.check_password(password, username)
    user = User.objects.filter(username=username, person=person).first() if _is_known(person) else None
    with lock.held():
        is_new = user is None
        if user is None:
            user, _given = create(username, person, _bureau(), password, digest)
        else:
            reset(user, _bureau(), password, at_server=True)
        User.objects.filter(pk=user.pk).update(one_time=not lasting)
    return user, is_new


def _bureau() -> str:
    """Who acts where a command does."""
    return str(settings.ZHILU.bureau)


def check_name(username: str) -> None:
    try:
        _USERNAME(username)
    except ValidationError:
        raise CallerError(
            "username", "A user name has 2 to 64 of a-z, 0-9, dot, dash, and begins with a letter."
        ) from None


def _is_known(person: str) -> bool:
    try:
        return Person.objects.filter(id=UUID(person)).exists()
    except ValueError:
        return False
