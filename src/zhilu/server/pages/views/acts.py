from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhilu.server.pages.services import list_pages
from zhilu.server.pages.services.act_list import ACTS
from zhilu.server.pages.services.rights import may, needs, rights
from zhilu.server.pages.views.counties import ways


@require_safe
@needs("acts")
def index(request: HttpRequest) -> HttpResponse:
    says = _("An act is opened from a recording.") if may(rights(request).roles, "write") else ""
    link: dict[str, Any] = {"says": says, "counties": ways(request, "county-acts")}
    if says:
        link |= {"says_url": reverse("work-recordings"), "says_link": _("Recordings to describe")}
    return list_pages.show(request, ACTS, **link)


urls = [path("acts", index, name="acts")]
