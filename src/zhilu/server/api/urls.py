from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import include, path
from django.views.decorators.http import require_safe

from zhilu.server.api import docs, limits
from zhilu.server.api.operations import api


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    return JsonResponse(docs.description(), json_dumps_params={"ensure_ascii": False})


@require_safe
def described(request: HttpRequest) -> HttpResponse:
    context = {
        "operations": list(docs.operations()),
        "shapes": list(docs.shapes()),
        "root": docs.ROOT,
        "calls": limits.CALLS,
        "body": limits.BODY,
    }
    return render(request, "api/docs.html", context)


urlpatterns = [
    path("api/docs", described, name="api-docs"),
    path("api/v1/openapi.json", openapi, name="api-openapi"),
    path("api/v1/", include(api.urls[0])),
]
