"""`zhilu server account`: a person's login. The password comes by standard input, never by the command line,
or is drawn and printed once. Whoever gives a password to somebody else knows it: so it must be changed first.
"""

from __future__ import annotations

import argparse
import getpass
import sys

from zhilu.i18n import _
from zhilu.server.commands import writing


def run(arguments: argparse.Namespace) -> None:
    config = writing.start(arguments.home)
    from zhilu.server.organisation.services import accounts

    password = accounts.new_password(arguments.login) if arguments.one_time else _read_password()
    lasting = arguments.lasting and not arguments.one_time
    user, is_new = accounts.set_account(arguments.login, password, arguments.person, lasting=lasting)
    if arguments.forget:
        accounts.forget_factors(user, config.bureau, at_server=True)
    text = _("The login {login} has been made.") if is_new else _("The login {login} has a new password.")
    print(text.format(login=user.username))
    if arguments.one_time:
        print(
            _("One-time password, shown this once and good for 7 days: {password}").format(password=password)
        )


def _read_password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass(_("Password: "))
    return sys.stdin.readline().rstrip("\n")
