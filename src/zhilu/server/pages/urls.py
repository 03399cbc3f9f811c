"""Each module of views lists its own addresses beside them."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from zhilu.server.pages.views import (
    account,
    accounts,
    acts,
    alarms,
    catalogue,
    catalogue_draft,
    emblem,
    equipment,
    grants,
    home,
    imports,
    ledger,
    logs,
    people,
    proposals,
    recorders,
    recordings,
    regulations,
    reviews,
    rollout,
    session,
    stations,
    training,
)

urlpatterns = [
    path("language", set_language, name="language"),
    *home.urls,
    *emblem.urls,
    *imports.urls,
    *session.urls,
    *account.urls,
    *accounts.urls,
    *recordings.urls,
    *training.urls,
    *acts.urls,
    *recorders.urls,
    *equipment.urls,
    *stations.urls,
    *alarms.urls,
    *people.urls,
    *catalogue.urls,
    *catalogue_draft.urls,
    *proposals.urls,
    *rollout.urls,
    *regulations.urls,
    *reviews.urls,
    *grants.urls,
    *logs.urls,
    *ledger.urls,
]
