"""The next version of the catalogue: edited item by item, looked at as differences, put in force from a
day.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhilu.encoding import as_uuid
from zhilu.errors import ZhiluError
from zhilu.server.catalogue import rules
from zhilu.server.catalogue.models import Change, Procedure, Proposal
from zhilu.server.catalogue.services import drafts
from zhilu.server.catalogue.services.differences import Content, Difference, between
from zhilu.server.ledger.clock import today
from zhilu.server.ledger.events import MAX_PAYLOAD
from zhilu.server.organisation.services.people import names
from zhilu.server.pages.services.catalogue_forms import ForceForm, ProcedureForm, TextForm
from zhilu.server.pages.services.forms import committed, confirmation, done, said_of
from zhilu.server.pages.services.rights import needs, person_of
from zhilu.server.pages.words_catalogue import PARTS


@require_http_methods(["GET", "POST"])
@needs("catalogue-write")
def draft(request: HttpRequest) -> HttpResponse:
    """The differences, and the order to put them in force."""
    now = drafts.read()
    event, after = drafts.next_version(now, today()), now.after
    found = between(now.base, after)
    proposals = drafts.open_proposals()
    form = _force_form(request, drafts.digest(event), proposals, after)
    if request.method == "POST" and form.is_valid() and not _refused(form):
        asked = _confirmation(request, form, found, event.version)
        if asked is not None:
            return asked
        if committed(request, form, lambda: _put(request, form), done=_("The version is in the ledger.")):
            return redirect("catalogue-versions")
    changes = {(one.part, one.code): one for one in Change.objects.all()}
    people = names({one.by for one in changes.values()})
    context = {
        "form": form,
        "version": event.version,
        "base": event.version - 1,
        "rows": [_row(one, changes, people) for one in found],
        "content": after,
        "size": drafts.size(event),
        "limit": MAX_PAYLOAD,
        "trouble": _trouble(after),
        "proposals": [(one, one.fields.get("name", "")) for one in proposals],
    }
    return render(request, "pages/catalogue_draft.html", context, status=400 if form.errors else 200)


def _force_form(request: HttpRequest, seen: str, proposals: list[Proposal], after: Content) -> ForceForm:
    carried = [str(one.id) for one in proposals if _is_carried_out(one, after)]
    initial = {"since": today().isoformat(), "seen": seen, "adopted": carried}
    form = ForceForm(request.POST or None, initial=initial)
    choices = [(str(one.id), f"{one.procedure or _('new')} {one.reason[:60]}") for one in proposals]
    form.fields["adopted"].choices = choices  # type: ignore[attr-defined]
    if not proposals:
        del form.fields["adopted"]
    return form


def _is_carried_out(one: Proposal, after: Content) -> bool:
    row = after.procedures.get(one.procedure or "", {})
    return bool(row) and all((row.get(name) or "") == value for name, value in one.fields.items())


def _refused(form: ForceForm) -> bool:
    """The day, before anything is asked once more."""
    try:
        drafts.check_day(form.cleaned_data["since"], today())
    except ZhiluError as error:
        form.add_error("since", said_of(error))
    return bool(form.errors)


def _confirmation(
    request: HttpRequest, form: ForceForm, found: list[Difference], version: int
) -> HttpResponse | None:
    adopted = len(form.cleaned_data.get("adopted") or [])
    count = {how: sum(one.how == how for one in found) for how in ("added", "changed", "retired")}
    will = [
        _("Version %(version)d takes effect on %(day)s and cannot be taken back, only followed by another.")
        % {"version": version, "day": form.cleaned_data["since"].isoformat()},
        _("%(added)d added, %(changed)d changed, %(retired)d retired.") % count,
        _("Acts keep the version that was in force on their day."),
    ]
    if adopted:
        will.append(_("Proposals adopted with it: %(count)d.") % {"count": adopted})
    return confirmation(
        request,
        title=_("Put version %(version)d in force") % {"version": version},
        will=will,
        word=_("Put it in force"),
        back=reverse("catalogue-draft"),
    )


def _put(request: HttpRequest, form: ForceForm) -> int:
    data = form.cleaned_data
    adopted = [UUID(one) for one in data.get("adopted") or []]
    return drafts.put_in_force(data["since"], person_of(request), data["seen"], adopted)


def _row(one: Difference, changes: dict[Any, Change], people: dict[str, str]) -> dict[str, Any]:
    change = changes.get((one.part, one.code))
    return {"one": one, "change": change, "who": people.get(str(change.by), "") if change else ""}


def _trouble(after: Content) -> str:
    """Why it could not stand as a version; empty where it could."""
    try:
        rules.read_procedures(after.classes, after.scripts, list(after.procedures.values()))
    except ZhiluError as error:
        return said_of(error)
    return ""


@require_http_methods(["GET", "POST"])
@needs("catalogue-write")
def item(request: HttpRequest, code: str = "") -> HttpResponse:
    """One procedure of the draft; without a code a new one. `?proposal=` fills in what was proposed."""
    content = drafts.read().after
    row: dict[str, Any] = content.procedures.get(code, {}) if code else {}
    if code and not row:
        raise Http404
    proposal = _proposal(request, code)
    first = row | (proposal.fields if proposal else {})
    form = ProcedureForm(content, first | ({"code": code} if code else {}), request.POST or None)
    if request.method == "POST" and form.is_valid() and not code and _is_known(form, content):
        form.add_error("code", _("This code is listed, or was: take another."))
    elif committed(
        request,
        form,
        lambda: drafts.set_procedure(form.row(), person_of(request)),
        done=_("Kept in the draft: it counts once the version is put in force."),
    ):
        return redirect("catalogue-draft")
    context = {"form": form, "code": code, "row": row, "proposal": proposal}
    return render(request, "pages/catalogue_edit.html", context, status=400 if form.errors else 200)


def _is_known(form: ProcedureForm, content: Content) -> bool:
    """A code means one thing for ever: acts and tables go by it."""
    code = form.cleaned_data["code"]
    return code in content.procedures or Procedure.objects.filter(code__iexact=code).exists()


def _proposal(request: HttpRequest, code: str) -> Proposal | None:
    wanted = as_uuid(request.GET.get("proposal", ""))
    open_ones = Proposal.objects.filter(procedure=code or None, decision="")
    return open_ones.filter(id=wanted).first() if wanted else None


@require_http_methods(["GET", "POST"])
@needs("catalogue-write")
def text(request: HttpRequest, part: str, listed: str = "") -> HttpResponse:
    """A class or a spoken text of the draft; without a code a new one."""
    texts = _texts(part)
    if listed and listed not in texts:
        raise Http404
    form = TextForm(listed, request.POST or None, initial={"text": texts.get(listed, "")})
    if request.method == "POST" and form.is_valid() and not listed and form.cleaned_data["code"] in texts:
        form.add_error("code", _("This code is listed already."))
    elif committed(
        request, form, lambda: _set_text(request, part, listed, form), done=_("Kept in the draft.")
    ):
        return redirect("catalogue-draft")
    context = {"form": form, "code": listed, "part": part}
    return render(request, "pages/catalogue_text.html", context, status=400 if form.errors else 200)


def _texts(part: str) -> dict[str, str]:
    if part not in ("classes", "scripts"):
        raise Http404
    found: dict[str, str] = getattr(drafts.read().after, part)
    return found


def _set_text(request: HttpRequest, part: str, code: str, form: TextForm) -> None:
    data = form.cleaned_data
    drafts.set_text(part, code or data["code"], data["text"], person_of(request))


@require_POST
@needs("catalogue-write")
def change(request: HttpRequest, part: str, code: str) -> HttpResponse:
    """Retire it in the draft, or undo what was changed of it."""
    if part not in PARTS:
        raise Http404
    if request.POST.get("do") == "retire":
        if code not in getattr(drafts.read().after, part):
            raise Http404
        done(
            request,
            lambda: drafts.retire(part, code, person_of(request)),
            _("Retired in the draft: it counts once the version is put in force."),
        )
    else:
        done(request, lambda: drafts.undo(part, code), _("As in the newest version again."))
    return redirect("catalogue-draft")


@require_POST
@needs("catalogue-write")
def clear(request: HttpRequest) -> HttpResponse:
    asked = confirmation(
        request,
        title=_("Throw the draft away"),
        will=[_("All changes of the draft are lost. The catalogue in force stays as it is.")],
        word=_("Throw it away"),
        back=reverse("catalogue-draft"),
    )
    if asked is not None:
        return asked
    done(request, drafts.clear, _("The draft is empty."))
    return redirect("catalogue-draft")


urls = [
    path("catalogue/draft", draft, name="catalogue-draft"),
    path("catalogue/draft/clear", clear, name="catalogue-draft-clear"),
    path("catalogue/draft/items", item, name="catalogue-draft-new"),
    path("catalogue/draft/items/<str:code>", item, name="catalogue-draft-item"),
    path("catalogue/draft/<str:part>/<str:code>/change", change, name="catalogue-draft-change"),
    path("catalogue/draft/texts/<str:part>", text, name="catalogue-draft-text-new"),
    path("catalogue/draft/texts/<str:part>/<str:listed>", text, name="catalogue-draft-text"),
]
