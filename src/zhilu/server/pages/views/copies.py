from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhilu.server.pages.services import list_pages
from zhilu.server.pages.services.copy_list import COPIES
from zhilu.server.pages.services.rights import needs


@require_safe
@needs("copies")
def index(request: HttpRequest) -> HttpResponse:
    says = _("A copy is asked for in the viewing room and approved by a leader of the bureau.")
    return list_pages.show(request, COPIES, says=says)


urls = [path("copies", index, name="copies")]
