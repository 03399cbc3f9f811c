from __future__ import annotations

from django.urls import path

from zhilu.server.ledger.views import public

urlpatterns = [
    path("ledger/checkpoint", public.checkpoint),
    path("ledger/tile/<path:path>", public.tile),
]
