from __future__ import annotations

from django.urls import path

from zhilu.server.federation.views import machines

urlpatterns = [
    path("federation/1/entries", machines.entries),
    path("federation/1/cosignature", machines.cosignature),
    path("federation/1/rows", machines.rows),
    path("keyholder/counties/<slug:bureau>", machines.mirrored),
]
