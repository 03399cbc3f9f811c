"""Of Django's own apps the signing in, without tables: rights are roles in the ledger, and no table is filled
with what might be permitted.
"""

from django.apps import AppConfig
from django.contrib.auth.apps import AuthConfig
from django.db.models.signals import post_migrate


class Auth(AuthConfig):
    name = "django.contrib.auth"

    def ready(self) -> None:
        super().ready()
        post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


class ContentTypes(AppConfig):
    """What `auth` imports; the app's own configuration fills its table."""

    name = "django.contrib.contenttypes"
