"""Registering equipment, enrolling its keys, certificates, bays, revocation."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhilu.server.equipment import rules
from zhilu.server.equipment.models import Equipment, Recorder, Revocation, Station
from zhilu.server.equipment.services import certificates, enrolment, keeping
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import commit_all
from zhilu.server.pages.services import devices, lists
from zhilu.server.pages.services import equipment_forms as forms
from zhilu.server.pages.services.forms import committed, confirmation, done
from zhilu.server.pages.services.rights import needs, person_of, rights
from zhilu.server.pages.services.uploads import takes_file

OF_THE_FILE = (
    *(
        "enrol",
        "private-key",
        "too-large",
        "field",
        "kid",
        "jwk",
        "device-known",
        "serial",
        "serial-enrolled",
    ),
    *("counter-kind", "bays"),
)
"""Errors that stand beside the file."""


@require_http_methods(["GET", "POST"])
@needs("equipment-keep")
def register(request: HttpRequest, kind: str) -> HttpResponse:
    """New, or with `?serial=` a correction of what is registered."""
    if kind not in rules.KINDS:
        raise Http404
    mine = rights(request)
    before = Equipment.objects.filter(kind=kind, serial=request.GET.get("serial", "")[:200]).first()
    if before is not None and not keeping.keeps(mine, before.department):
        raise Http404
    form = forms.RegisterForm(mine, kind, before, *forms.sent(request))

    def act() -> None:
        commit_all([keeping.registration(mine, kind, **form.registration())])

    beside = {"serial": "serial", "scope": "serial", "department-unknown": "department"}
    if committed(request, form, act, done=_("Registered."), fields=beside):
        return redirect(_list(kind))
    what = {
        "recorder": (_("Register a recorder"), _("Correct what is registered of a recorder")),
        "station": (_("Register a station"), _("Correct what is registered of a station")),
    }[kind][before is not None]
    return _page(request, form, what, _("Register"), _list(kind), before.serial if before else "")


def _list(kind: str) -> str:
    return reverse("recorders" if kind == "recorder" else "stations")


@require_http_methods(["GET", "POST"])
@needs("equipment-enrol")
@takes_file(enrolment.LIMIT)
def enrol(request: HttpRequest) -> HttpResponse:
    """A device's `enrol.json` becomes an entry."""
    form = forms.EnrolForm(*forms.sent(request))
    enrolled: list[enrolment.Enrolled] = []

    def act() -> None:
        event = enrolment.read(form.read(enrolment.LIMIT), form.cleaned_data["station"] or None)
        enrolment.enrol(event, str(person_of(request)))
        enrolled.append(event)

    beside = dict.fromkeys(OF_THE_FILE, "file")
    word = _("The key is enrolled. Compare its thumbprint with the one that the device shows.")
    if committed(request, form, act, done=word, fields=beside):
        return redirect(*devices.page_of(enrolled[0]))
    note = _("The device made this file with its key: public parts only. At most 16 KiB.")
    return _page(request, form, _("Enrol a device"), _("Enrol"), reverse("recorders"), note=note, files=True)


@require_http_methods(["GET", "POST"])
@needs("equipment-enrol")
@takes_file(certificates.LIMIT)
def certificate_list(request: HttpRequest) -> HttpResponse:
    form = forms.CertificateForm(*forms.sent(request))

    def act() -> None:
        certificates.record(form.read(certificates.LIMIT), str(person_of(request)))

    beside = dict.fromkeys(
        ("certificate", "private-key", "too-large", "certificate-known", "revoked"), "file"
    )
    if committed(request, form, act, done=_("The certificate is recorded."), fields=beside):
        return redirect("certificates")
    context = lists.page(request, devices.certificates())
    context |= {
        "form": form,
        "rows": devices.certificate_rows(context["page"]),
        "listed": certificates.listed_as_revoked(),
    }
    return render(request, "pages/certificates.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs("equipment-enrol")
def bind(request: HttpRequest, kid: str) -> HttpResponse:
    recorder = get_object_or_404(Recorder, kid=kid)
    form = forms.BindForm(recorder, *forms.sent(request))

    def act() -> None:
        enrolment.bind(kid, *form.chosen(), str(person_of(request)))

    word = _("The recorder belongs to this bay now. It has to be assigned to an officer anew.")
    if committed(request, form, act, done=word, fields={"bay-taken": "place", "bay": "place"}):
        return redirect("recorder", kid)
    back = reverse("recorder", args=[kid])
    note = _("Only in its own bay does a recorder give anything away.")
    return _page(request, form, _("Bind to a bay"), _("Bind"), back, recorder.serial, note)


@require_POST
@needs("equipment-enrol")
def unbind(request: HttpRequest, kid: str) -> HttpResponse:
    recorder = get_object_or_404(Recorder, kid=kid)
    asked = confirmation(
        request,
        title=_("Take %(serial)s from its bay") % {"serial": recorder.serial},
        will=[
            _("No station takes anything from this recorder until it is bound to a bay again."),
            _("What it holds stays in it. The bay is free for another recorder."),
        ],
        word=_("Take it from its bay"),
        back=reverse("recorder", args=[kid]),
    )
    if asked is not None:
        return asked
    done(request, lambda: enrolment.unbind(kid, str(person_of(request))), _("It belongs to no bay now."))
    return redirect("recorder", kid)


@require_http_methods(["GET", "POST"])
@needs("equipment-enrol")
def revoke(request: HttpRequest, kid: str) -> HttpResponse:
    device = Recorder.objects.filter(kid=kid).first() or Station.objects.filter(kid=kid).first()
    if device is None or Revocation.objects.filter(kid=kid).exists():
        raise Http404
    form = forms.RevokeForm(*forms.sent(request))
    page = devices.page_of_device(device)
    if form.is_valid():
        asked = confirmation(
            request,
            title=_("Revoke the key of %(name)s for good") % {"name": devices.name_of(device)},
            will=_will(device),
            word=_("Revoke for good"),
            back=reverse(*page[:1], args=page[1:]),
        )
        if asked is not None:
            return asked

    def act() -> None:
        since = form.cleaned_data["since"] or now()
        enrolment.revoke(kid, since, form.cleaned_data["reason"], str(person_of(request)))

    word = _("Revoked. Now revoke its certificate with the authority, as this page says.")
    if committed(request, form, act, done=word, fields={"revoked-since": "since"}):
        return redirect(*page)
    back = reverse(*page[:1], args=page[1:])
    return _page(request, form, _("Revoke the key"), _("Go on"), back, devices.name_of(device))


def _will(device: Recorder | Station) -> list[str]:
    first = _("This cannot be taken back: the key never counts again. The device needs a new key.")
    rest = _(
        "Then, at the bureau's authority, off this server: zhilu pki revoke for this key, and copy the new "
        "crl.pem into the server's folder. Until then the certificate still opens a connection."
    )
    if isinstance(device, Station):
        return [first, _("The server takes nothing from this station any more, from this moment on."), rest]
    middle = _("No station takes this recorder any more, once it has fetched its next list of devices.")
    held = _("What it still holds is lost to the bureau, unless it is collected before.")
    return [first, middle, held, rest]


def _page(
    request: HttpRequest,
    form: Any,
    title: str,
    submit: str,
    back: str,
    subject: str = "",
    note: str = "",
    files: bool = False,
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "submit": submit,
        "back": back,
        "subject": subject,
        "note": note,
        "files": files,
    }
    return render(request, "pages/equipment_form.html", context, status=400 if form.errors else 200)


urls = [
    path("equipment/register/<str:kind>", register, name="equipment-register"),
    path("equipment/enrol", enrol, name="equipment-enrol"),
    path("equipment/certificates", certificate_list, name="certificates"),
    path("recorders/<str:kid>/bind", bind, name="recorder-bind"),
    path("recorders/<str:kid>/unbind", unbind, name="recorder-unbind"),
    path("devices/<str:kid>/revoke", revoke, name="device-revoke"),
]
