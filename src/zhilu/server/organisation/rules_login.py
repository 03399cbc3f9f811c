"""Rules about logins (pure).

- A password has 8 characters or more, of three kinds or more (a-z, A-Z, 0-9, others), is not the login and
  does not hold it, is none of the last five, and lasts 90 days. One that somebody else gave is good for one
  sign-in within 7 days: the first thing is to change it.
- Five failures in a row, of the password or of the second factor, lock a login for 15 minutes. A right
  password alone forgets no failure: who has guessed it would else have tries without end at the code.
- A code of an app counts in its step of 30 s and in the one before and after, once: a step at or before the
  last one used is refused.
- Nobody administers his own login. An administrator's second factor is not taken away on a page, nor the
  password of one without a factor reset, nor a login made for one, but at the server's machine: else the
  system administrator could sign in as the one who grants rights.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from zhilu.errors import CallerError

CHANGES = (
    "created",
    "disabled",
    "enabled",
    "password-reset",
    "factor-added",
    "factor-removed",
    "sessions-ended",
)
LEAST_LENGTH = 8
MOST_LENGTH = 128
LEAST_KINDS = 3
REMEMBERED = 5
MOST_AGE = timedelta(days=90)
ONE_TIME_LIFE = timedelta(days=7)
MOST_FAILURES = 5
LOCK = timedelta(minutes=15)
STEP_S = 30
MOST_FACTORS = 5
# A short login, such as "li", is in many a good password.
LEAST_HELD = 4


def is_strong(password: str) -> bool:
    kinds = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
    is_long = LEAST_LENGTH <= len(password) <= MOST_LENGTH
    return is_long and sum(any(map(kind, password)) for kind in kinds) >= LEAST_KINDS


def check_password(password: str, login: str) -> None:
    if not is_strong(password):
        raise CallerError(
            "password-weak",
            "A password has 8 to 128 characters, of at least three kinds: a-z, A-Z, 0-9, others.",
        )
    folded, name = password.casefold(), login.casefold()
    if folded == name or (len(name) >= LEAST_HELD and name in folded):
        raise CallerError("password-login", "The password holds the user name.")


def must_change(one_time: bool, password_set: datetime, now: datetime) -> bool:
    return one_time or now >= password_set + MOST_AGE


def has_run_out(one_time: bool, password_set: datetime, now: datetime) -> bool:
    """A one-time password that nobody used in time."""
    return one_time and now >= password_set + ONE_TIME_LIFE


def steps(unix_s: float) -> tuple[int, int, int]:
    """The steps whose codes count now."""
    now = int(unix_s) // STEP_S
    return now - 1, now, now + 1


def check_administers(actor: str, person: str) -> None:
    if actor == person:
        raise CallerError("account-self", "Nobody administers a login of his own.")


def check_resets(roles: Collection[str], administrators: Collection[str]) -> None:
    """May a person with these roles, who has no second factor, be given a password on a page?"""
    if set(roles) & set(administrators):
        raise CallerError(
            "account-administrator",
            "An administrator without a second factor gets a new password at the server: "
            "zhilu server account.",
        )


def check_forgets(roles: Collection[str], administrators: Collection[str]) -> None:
    """May the second factors of a person with these roles be taken away on a page?"""
    if set(roles) & set(administrators):
        raise CallerError(
            "account-administrator",
            "An administrator's second factor is taken away at the server: zhilu server account --forget.",
        )
