"""`zhilu server account`: a person's login. The password comes by standard input, never by the command
line.
"""

from __future__ import annotations

import argparse
import getpass
import sys

from zhilu.i18n import _
from zhilu.server.commands import boot


def run(arguments: argparse.Namespace) -> None:
    boot.start(arguments.home)
    from zhilu.server.organisation.services.accounts import set_account

    if sys.stdin.isatty():
        password = getpass.getpass(_("Password: "))
    else:
        password = sys.stdin.readline().rstrip("\n")
    user, is_new = set_account(arguments.login, password, arguments.person)
    text = _("The login {login} has been made.") if is_new else _("The login {login} has a new password.")
    print(text.format(login=user.username))
