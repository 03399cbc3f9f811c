from __future__ import annotations

from django.urls import path

from zhilu.server.evidence.views import intake, keyholder, media, words

urlpatterns = [
    path("intake/snapshot", intake.snapshot),
    path("intake/recorders/<str:kid>/update", intake.update),
    path("intake/recorders/<str:kid>/logbook", intake.logbook),
    path("intake/recorders/<str:kid>/wanted", intake.wanted),
    path("intake/handovers/<str:digest>", intake.handover),
    path("intake/recordings/<uuid:recording>", intake.recording),
    path("intake/recordings/<uuid:recording>/journal", intake.journal),
    path("intake/recordings/<uuid:recording>/segments/<int:i>", intake.segment),
    path("intake/recordings/<uuid:recording>/complete", intake.complete),
    path("intake/recordings/<uuid:recording>/receipt", intake.receipt),
    path("intake/recordings/<uuid:recording>/told", words.told),
    path("intake/words", words.take),
    path("intake/words/nonce", words.nonce),
    path("intake/templates", words.own_templates),
    path("intake/dock-keys", words.dock_key),
    path("intake/alarms", intake.alarms),
    path("intake/health", intake.health),
    path("keyholder/entries", keyholder.entries),
    path("keyholder/checkpoint", keyholder.checkpoint),
    path("keyholder/events", keyholder.events),
    path("keyholder/recordings/<uuid:recording>/open", keyholder.open_line),
    path("keyholder/names", keyholder.names),
    path("keyholder/recordings", keyholder.recordings),
    path("media/<uuid:recording>/journal", media.journal),
    path("media/<uuid:recording>/proofs/<str:name>", media.proof),
    path("media/<uuid:recording>/segments/<int:i>", media.segment),
]
