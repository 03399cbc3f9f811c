from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("zhilu.server.api.urls")),
    path("", include("zhilu.server.ledger.urls")),
    path("", include("zhilu.server.federation.urls")),
    path("", include("zhilu.server.evidence.urls")),
    path("", include("zhilu.server.pages.urls")),
]
handler400 = "zhilu.server.pages.views.errors.refused"
handler404 = "zhilu.server.pages.views.errors.not_found"
handler403 = "zhilu.server.pages.views.errors.forbidden"
handler500 = "zhilu.server.pages.views.errors.failed"
