from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from zhilu.server.pages.services import list_pages
from zhilu.server.pages.services.recording_list import RECORDINGS
from zhilu.server.pages.services.rights import needs
from zhilu.server.pages.views.counties import ways


@require_safe
@needs("recordings")
def index(request: HttpRequest) -> HttpResponse:
    return list_pages.show(request, RECORDINGS, counties=ways(request, "county-recordings"))


urls = [path("recordings", index, name="recordings")]
