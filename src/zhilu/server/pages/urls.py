from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from zhilu.server.pages.views import access, acts, alarms, ledger, people, recorders, recordings, session

urlpatterns = [
    path("", session.home, name="home"),
    path("login", session.sign_in, name="login"),
    path("logout", session.sign_out, name="logout"),
    path("language", set_language, name="language"),
    path("recordings", recordings.index, name="recordings"),
    path("recordings/<uuid:recording>", recordings.detail, name="recording"),
    path("recordings/<uuid:recording>/evidence.zip", recordings.evidence, name="evidence"),
    path("recordings/<uuid:recording>/act", acts.create, name="act-new"),
    path("acts", acts.index, name="acts"),
    path("acts/procedures", acts.choose, name="procedures"),
    path("acts/<uuid:act>", acts.detail, name="act"),
    path("acts/<uuid:act>/statement", acts.statement, name="statement"),
    path("recorders", recorders.index, name="recorders"),
    path("recorders/<str:kid>", recorders.detail, name="recorder"),
    path("alarms", alarms.index, name="alarms"),
    path("people", people.index, name="people"),
    path("access", access.index, name="access"),
    path("ledger", ledger.index, name="ledger"),
]
