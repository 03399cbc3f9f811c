from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.views.decorators.http import require_safe

from zhilu.server.api.operations import api

ROOT = "/api/v1/"


def description() -> dict[str, Any]:
    found: dict[str, Any] = api.get_openapi_schema(path_prefix=ROOT)
    return found


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    return JsonResponse(description(), json_dumps_params={"ensure_ascii": False})


urlpatterns = [
    path("api/v1/openapi.json", openapi, name="api-openapi"),
    path("api/v1/", include(api.urls[0])),
]
