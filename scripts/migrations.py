"""Are the migrations complete? `makemigrations --check` under the server's settings, without a database."""

import os
import sys

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhilu.server.settings")

if __name__ == "__main__":
    django.setup()
    try:
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)
    except SystemExit as stop:
        sys.exit(stop.code)
