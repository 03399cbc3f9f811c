"""Each module of views lists its own addresses beside them."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from zhilu.server.pages.views import (
    access,
    account,
    accounts,
    acts,
    alarms,
    emblem,
    ledger,
    people,
    recorders,
    recordings,
    session,
)

urlpatterns = [
    path("language", set_language, name="language"),
    *emblem.urls,
    *session.urls,
    *account.urls,
    *accounts.urls,
    *recordings.urls,
    *acts.urls,
    *recorders.urls,
    *alarms.urls,
    *people.urls,
    *access.urls,
    *ledger.urls,
]
