from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhilu.server.pages.services import cases, exports, seen
from zhilu.server.pages.services.rights import needs, rights
from zhilu.server.pages.templatetags.zhilu import said, yuan


@require_safe
@needs("acts")
def case(request: HttpRequest, link: UUID) -> HttpResponse:
    found = cases.of_link(link, rights(request))
    if found is None:
        raise Http404
    seen.listed(request, [one.act.id for one in found.chapters])
    seen.listed(request, [each.id for one in found.chapters for each in one.recordings])
    if exports.wanted(request):
        return _file(request, found)
    return render(request, "pages/case.html", {"case": found, "most": cases.MOST})


def _file(request: HttpRequest, found: cases.Case) -> HttpResponse:
    header = [
        _("At"), _("Procedure"), _("Taxpayer"), _("Officers"), _("Elements present"), _("Recordings"),
        _("Linked to"), _("Outcomes"), _("Entry"),
    ]  # fmt: skip
    rows = (
        (
            one.at,
            one.procedure,
            one.act.taxpayer,
            _(", ").join(one.officers),
            one.act.present,
            len(one.recordings),
            _(", ").join(f"{said(link.kind, 'link')} {link.number}" for link in one.links),
            _(", ").join(
                f"{said(out.kind, 'outcome')} {yuan(out.amount_fen)}".strip() for out in one.outcomes
            ),
            one.act.entry,
        )
        for one in found.chapters
    )
    return exports.xlsx(request, "case", said(found.link.kind, "link"), header, rows)


urls = [path("cases/<uuid:link>", case, name="case")]
