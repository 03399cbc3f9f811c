"""Accounts: passwords and the lock after failures (domain: 等保 2.0 level 3).

- Five failures in a row lock an account for 15 minutes; a right password does not open it before.
- A locked account, a wrong password and an unknown name look the same from outside, also in time.
- A password has 8 characters or more, of three kinds or more.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext as _

from zhilu.errors import CallerError
from zhilu.server.ledger.clock import now
from zhilu.server.organisation.models import Person, User

MOST_FAILURES = 5
LOCK = timedelta(minutes=15)
LEAST_LENGTH = 8
LEAST_KINDS = 3
_USERNAME = RegexValidator(r"\A[a-z][a-z0-9._-]{1,63}\Z")


class LockoutBackend(ModelBackend):
    """Username and password, with the lock."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> User | None:
        if not username or password is None:
            return None
        user = User.objects.filter(username=username).first()
        if user is None:
            User().set_password(password)  # the same work as for a known name
            return None
        is_right = user.check_password(password)
        if user.locked_until and user.locked_until > now():
            return None
        if not is_right:
            count_failure(user)
            return None
        User.objects.filter(pk=user.pk).update(failures=0, locked_until=None)
        return user if user.is_active else None


def count_failure(user: User) -> None:
    """Counted in the database, so that many guesses at once are many failures."""
    User.objects.filter(pk=user.pk).update(failures=F("failures") + 1)
    User.objects.filter(pk=user.pk, failures__gte=MOST_FAILURES).update(failures=0, locked_until=now() + LOCK)


class ThreeKinds:
    """Django password validator."""

    def validate(self, password: str, user: object = None) -> None:
        kinds = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
        if len(password) < LEAST_LENGTH or sum(any(map(kind, password)) for kind in kinds) < LEAST_KINDS:
            raise ValidationError(self.get_help_text(), code="password-weak")

    def get_help_text(self) -> str:
        return _("A password has at least 8 characters, of at least three kinds: a-z, A-Z, 0-9, others.")


def set_account(username: str, password: str, person: str) -> tuple[User, bool]:
    """A person's account: made, or its password renewed and its lock opened; True when it was made."""
    _check_name(username)
    _check_password(password)
    if not _is_known(person):
        raise CallerError("person-unknown", "No such person has been added to the ledger.")
    try:
        with transaction.atomic():
            user = User.objects.filter(username=username, person=person).first()
            if user is None:
                return User.objects.create_user(username, password, person), True
            user.set_password(password)
            user.failures, user.locked_until, user.password_set = 0, None, now()
            user.save()
            return user, False
    except IntegrityError:
        raise CallerError("user-known", "This user name or person has another account already.") from None


def _check_name(username: str) -> None:
    try:
        _USERNAME(username)
    except ValidationError:
        raise CallerError(
            "username", "A user name has 2 to 64 of a-z, 0-9, dot, dash, and begins with a letter."
        ) from None


def _check_password(password: str) -> None:
    try:
        ThreeKinds().validate(password)
    except ValidationError:
        raise CallerError(
            "password-weak",
            "A password has at least 8 characters, of at least three kinds: a-z, A-Z, 0-9, others.",
        ) from None


def _is_known(person: str) -> bool:
    try:
        return Person.objects.filter(id=UUID(person)).exists()
    except ValueError:
        return False
