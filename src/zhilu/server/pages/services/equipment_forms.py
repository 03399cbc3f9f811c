"""Forms about recorders and stations: what may be chosen follows from whoever fills them in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.server.equipment import rules
from zhilu.server.equipment.models import DockCredential, Equipment, Recorder, Revocation, Station
from zhilu.server.equipment.services.keeping import KEEPER, keeps
from zhilu.server.equipment.services.register import SEE_ALL
from zhilu.server.ledger.clock import BEIJING, today
from zhilu.server.organisation.models import Person, Post, Role
from zhilu.server.organisation.services.people import department_of
from zhilu.server.organisation.services.rights import READS_TEXT, Rights, Scope
from zhilu.server.pages.services.forms import Day
from zhilu.server.pages.services.organisation import own_places
from zhilu.server.pages.words_equipment import CONDITIONS, DEPUTY_REASONS, RECORDER_STATES, REVOKED

Choices = list[tuple[str, str]]
OLDEST = date(2000, 1, 1)


def said(table: dict[str, Any], codes: Iterable[str]) -> Choices:
    return [(code, str(table[code])) for code in codes]


def sent(request: HttpRequest) -> tuple[Any, Any]:
    """Fields and files of a form that was sent, also of an empty one; else nothing."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def departments(rights: Rights, paths: dict[UUID, str]) -> Choices:
    """Those that the keeper keeps equipment for."""
    return _within(paths, rights.scope_of(KEEPER))


def visible_departments(rights: Rights) -> Choices:
    """Those by which a list of recorders can be narrowed."""
    scope = None if rights.roles & SEE_ALL else rights.scope_of(*READS_TEXT, KEEPER)
    return _within(own_places(), scope)


def _within(paths: dict[UUID, str], scope: Scope) -> Choices:
    return [(str(one), path) for one, path in paths.items() if scope is None or one in scope]


def officers(rights: Rights, paths: dict[UUID, str]) -> Choices:
    """Officers who work today in a department that the keeper covers."""
    works = Post.objects.filter(Q(until=None) | Q(until__gt=today()), since__lte=today())
    scope = rights.scope_of(KEEPER)
    if scope is not None:
        works = works.filter(department__in=scope)
    places = dict(works.values_list("person", "department"))
    granted = Role.objects.filter(role="officer", ended_at=None, person__in=list(places)).values("person")
    people = Person.objects.filter(id__in=granted).order_by("name", "id")
    keyed = set(DockCredential.objects.values_list("person", flat=True))
    no_key = _("no security key for the dock yet")
    return [
        (str(one.id), f"{one} · {paths[places[one.id]]}" + ("" if one.id in keyed else f" · {no_key}"))
        for one in people
        if places[one.id] in paths
    ]


class RegisterForm(forms.Form):
    """Of a `kind`; `before`: what is corrected, None for what is new."""

    serial = forms.CharField(
        label=gettext_lazy("Serial number"),
        max_length=rules.MAX_SERIAL,
        help_text=gettext_lazy(
            "As it stands on the device. One that is registered already is corrected instead."
        ),
    )
    model = forms.CharField(label=gettext_lazy("Model"), max_length=200, required=False)
    asset = forms.CharField(label=gettext_lazy("Asset number"), max_length=200, required=False)
    department = forms.ChoiceField(label=gettext_lazy("Department"), required=False)
    acquired = Day(label=gettext_lazy("Acquired on"), required=False)

    def __init__(
        self, rights: Rights, kind: str, before: Equipment | None, *args: Any, **kwargs: Any
    ) -> None:
        fields = ("serial", "model", "asset", "department", "acquired")
        said = {} if before is None else {name: getattr(before, name) for name in fields}
        super().__init__(*args, **{"initial": said, **kwargs})
        self.rights, self.kind = rights, kind
        self.fields["serial"].disabled = before is not None
        choices = departments(rights, own_places())
        is_whole = rights.scope_of(KEEPER) is None
        none = [("", _("none yet: kept for the whole bureau"))] if is_whole else [("", _("choose"))]
        _choose(self, "department", none + choices)
        self.fields["department"].required = not is_whole

    def clean_serial(self) -> str:
        serial: str = self.cleaned_data["serial"]
        if self.fields["serial"].disabled:
            return serial
        known = Equipment.objects.filter(kind=self.kind, serial=serial).first()
        if known is not None and keeps(self.rights, known.department):
            raise forms.ValidationError(self._known(known))
        return serial

    def _known(self, known: Equipment) -> SafeString:
        page = f"{reverse('equipment-register', args=[self.kind])}?{urlencode({'serial': known.serial})}"
        place = dict(departments(self.rights, own_places())).get(str(known.department))
        what = " · ".join(filter(None, (known.model, known.asset, place)))
        return format_html(
            '{} <a href="{}">{}</a>',
            _("This number is registered already (%(what)s). Nothing was changed.") % {"what": what},
            page,
            _("Correct what is registered"),
        )

    def clean_acquired(self) -> date | None:
        day: date | None = self.cleaned_data["acquired"]
        if day is not None and not OLDEST <= day <= today():
            raise forms.ValidationError(_("A day from 2000 to today."))
        return day

    def registration(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "serial": said["serial"],
            "model": said["model"],
            "asset": said["asset"],
            "department": said["department"] or None,
            "acquired": said["acquired"].isoformat() if said["acquired"] else None,
        }


class FileForm(forms.Form):
    """One small file; `read` gives its bytes, one more than the limit at most."""

    file = forms.FileField(label=gettext_lazy("File"), allow_empty_file=True)

    def read(self, limit: int) -> bytes:
        return bytes(self.cleaned_data["file"].read(limit + 1))


class EnrolForm(FileForm):
    station = forms.ChoiceField(
        label=gettext_lazy("Serial number of the station"),
        required=False,
        help_text=gettext_lazy("For a station only; a recorder's file says its own."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].label = "enrol.json"
        waiting = Equipment.objects.filter(kind="station", kid=None).order_by("serial")
        rows = waiting.values_list("serial", "model")
        named = [(serial, f"{serial} · {model}" if model else serial) for serial, model in rows]
        _choose(self, "station", [("", _("a recorder, or a station not registered")), *named])


class CertificateForm(FileForm):
    file = forms.FileField(
        label=gettext_lazy("Certificate"),
        allow_empty_file=True,
        help_text=gettext_lazy("The file that zhilu pki issue wrote (PEM), at most 16 KiB."),
    )


class BindForm(forms.Form):
    place = forms.ChoiceField(label=gettext_lazy("Bay"))

    def __init__(self, recorder: Recorder, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "place", [("", _("choose")), *free_bays(recorder)])

    def chosen(self) -> tuple[str, int]:
        station, _colon, bay = self.cleaned_data["place"].partition(":")
        return station, int(bay)


def free_bays(recorder: Recorder) -> Choices:
    """Of every live station, the bays that no live recorder has."""
    revoked = Revocation.objects.values("kid")
    taken = set(Recorder.objects.exclude(station=None).exclude(kid__in=revoked).values_list("station", "bay"))
    stations = Station.objects.exclude(kid__in=revoked).order_by("name", "kid")
    return [
        (f"{one.kid}:{bay}", _("%(station)s, bay %(bay)s") % {"station": one.name, "bay": bay})
        for one in stations
        for bay in range(1, one.bays + 1)
        if (one.kid, bay) not in taken
    ]


class RevokeForm(forms.Form):
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), widget=forms.RadioSelect)
    since = forms.DateTimeField(
        label=gettext_lazy("Since"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy(
            "Beijing time. Empty: now. What the device signed later than this proves nothing any more."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "reason", said(REVOKED, REVOKED))

    def clean_since(self) -> datetime | None:
        since: datetime | None = self.cleaned_data["since"]
        if since is None:
            return None
        if since.year < OLDEST.year:
            raise forms.ValidationError(_("A day from 2000 to today."))
        return since.replace(tzinfo=BEIJING)


class IssueForm(forms.Form):
    person = forms.ChoiceField(label=gettext_lazy("Officer"), required=False)
    department = forms.ChoiceField(
        label=gettext_lazy("Department"),
        required=False,
        help_text=gettext_lazy(
            "May be left empty where an officer is chosen: it is where the officer works."
        ),
    )

    def __init__(self, rights: Rights, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        paths = own_places()
        _choose(self, "person", [("", _("nobody in particular")), *officers(rights, paths)])
        _choose(self, "department", [("", _("where the officer works")), *departments(rights, paths)])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        person = cleaned.get("person")
        if person and not cleaned.get("department"):
            cleaned["department"] = str(department_of(person, today()) or "")
        if not self.errors and not cleaned.get("department"):
            self.add_error("department", _("Choose an officer or a department."))
        return cleaned

    def chosen(self) -> tuple[UUID, UUID | None]:
        """Department, person."""
        person = self.cleaned_data["person"]
        return UUID(self.cleaned_data["department"]), UUID(person) if person else None


class ReturnForm(forms.Form):
    condition = forms.ChoiceField(
        label=gettext_lazy("Condition"),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Damaged: it goes to repair. Lost: it counts as lost, and its bay is free."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "condition", said(CONDITIONS, rules.CONDITIONS))


class StateForm(forms.Form):
    state = forms.ChoiceField(label=gettext_lazy("New state"), widget=forms.RadioSelect)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, now: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "state", said(RECORDER_STATES, [one for one in rules.STATES if one != now]))


class AssignForm(forms.Form):
    officer = forms.ChoiceField(label=gettext_lazy("Officer"))
    drill = forms.BooleanField(
        label=gettext_lazy("For a drill"),
        required=False,
        help_text=gettext_lazy("What is recorded then counts for training only. No training is asked for."),
    )
    deputy = forms.ChoiceField(label=gettext_lazy("Stands in for somebody"), required=False)

    def __init__(self, rights: Rights, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "officer", [("", _("choose")), *officers(rights, own_places())])
        reasons = said(DEPUTY_REASONS, rules.DEPUTY_REASONS)
        _choose(self, "deputy", [("", _("no: own duty")), *reasons])


def _choose(form: forms.Form, name: str, choices: Choices) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
