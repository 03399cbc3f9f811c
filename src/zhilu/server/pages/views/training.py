from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.encoding import as_uuid
from zhilu.server.ledger.clock import today
from zhilu.server.organisation.models import Person
from zhilu.server.organisation.services.people import paths
from zhilu.server.pages.services import exported, exports, lists, training
from zhilu.server.pages.services.forms import committed
from zhilu.server.pages.services.rights import may, needs, person_of, rights
from zhilu.server.pages.services.training_forms import MOST_AT_ONCE, CourseForm, ResultsForm, WithdrawForm
from zhilu.server.training.models import Course, Result
from zhilu.server.training.services import gate, results


@require_safe
@needs("training")
def index(request: HttpRequest) -> HttpResponse:
    """Who is fit, whose training ends soon, who is not fit."""
    mine = rights(request)
    department, state = as_uuid(request.GET.get("department", "")), request.GET.get("state", "")
    found = training.rows(mine, today(), department)
    shown = [row for row in found if row.state == state] if state in training.STATES else found
    shown.sort(key=lambda row: (training.STATES.index(row.state), row.path, row.person.name))
    if exports.wanted(request):
        return exported.fitness_list(request, shown)
    context = lists.page(request, shown) | {
        "counts": training.counts(found),
        "states": training.STATES,
        "state": state,
        "department": department,
        "departments": training.departments(mine),
        "writes": may(mine.roles, "training-write"),
        "has_officers": bool(found),
    }
    return render(request, "pages/training.html", context)


@require_safe
@needs("training-own")
def mine(request: HttpRequest) -> HttpResponse:
    return _of_person(request, get_object_or_404(Person, id=person_of(request)))


@require_safe
@needs("training")
def of_person(request: HttpRequest, person: UUID) -> HttpResponse:
    if not training.sees_person(rights(request), person):
        raise Http404
    return _of_person(request, get_object_or_404(Person, id=person))


def _of_person(request: HttpRequest, person: Person) -> HttpResponse:
    day = today()
    context = {
        "person": person,
        "is_own": person.id == person_of(request),
        "fitness": gate.fitness([person.id], day)[person.id],
        "soon": day + training.SOON,
        "given": training.given(person.id, day),
        "writes": may(rights(request).roles, "training-write"),
        "reads_all": may(rights(request).roles, "training"),
    }
    return render(request, "pages/training_person.html", context)


@require_safe
@needs("training")
def courses(request: HttpRequest) -> HttpResponse:
    context = lists.page(request, Course.objects.order_by("closed", "kind", "name"))
    context["writes"] = may(rights(request).roles, "training-write")
    return render(request, "pages/courses.html", context)


@require_http_methods(["GET", "POST"])
@needs("training-write")
def course(request: HttpRequest, course: UUID | None = None) -> HttpResponse:
    """A new one, or a change."""
    row = get_object_or_404(Course, id=course) if course else None
    form = CourseForm(row, request.POST if request.method == "POST" else None)
    told = {"kind": row.kind} if row else {"closed": False}
    if committed(
        request,
        form,
        lambda: results.set_course(person_of(request), course, **(told | form.cleaned_data)),
        done=_("Course saved."),
        fields={"course-known": "name"},
    ):
        return redirect("courses")
    context = {"form": form, "course": row}
    return render(request, "pages/course.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs("training-write")
def enter(request: HttpRequest, course: UUID) -> HttpResponse:
    """The results of one class, many officers at once."""
    row = get_object_or_404(Course, id=course, closed=False)
    department = as_uuid(request.GET.get("department", ""))
    found = training.seen_officers(rights(request), department)
    is_too_many = len(found) > MOST_AT_ONCE
    places = paths()
    people = [] if is_too_many else [(one, places.get(at, "") if at else "") for one, at in found]
    people.sort(key=lambda pair: (pair[1], pair[0].name))
    sent = request.POST if request.method == "POST" else None
    form = ResultsForm(row, people, training.drills(), sent)
    if committed(request, form, lambda: _record(request, row, form), done=_("Results recorded.")):
        return redirect("training")
    context = {
        "form": form,
        "course": row,
        "department": department,
        "departments": training.departments(rights(request)),
        "is_too_many": is_too_many,
        "most": MOST_AT_ONCE,
    }
    return render(request, "pages/results.html", context, status=400 if form.errors else 200)


def _record(request: HttpRequest, course: Course, form: ResultsForm) -> None:
    told = form.cleaned_data
    results.record(
        person_of(request),
        course,
        told["held_on"],
        form.scores(),
        recording=told["recording"] or None,
        note=told["note"],
    )


@require_http_methods(["GET", "POST"])
@needs("training-write")
def withdraw(request: HttpRequest, result: UUID) -> HttpResponse:
    """Asks once more by being a page: it says what will happen, and wants a reason."""
    row = get_object_or_404(Result, id=result, withdrawn_at=None)
    person = get_object_or_404(Person, id=row.person)
    if not training.sees_person(rights(request), person.id):
        raise Http404
    back = reverse("training-of", args=[person.id])
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    done = _("Result withdrawn.")
    if committed(
        request,
        form,
        lambda: results.withdraw(person_of(request), result, form.cleaned_data["reason"]),
        done=done,
    ):
        return redirect(back)
    left = gate.fitness([person.id], today())[person.id]
    context = {
        "form": form,
        "row": row,
        "person": person,
        "course": Course.objects.get(id=row.course),
        "back": back,
        "is_fit": left.is_fit,
    }
    return render(request, "pages/withdraw_result.html", context, status=400 if form.errors else 200)


urls = [
    path("training", index, name="training"),
    path("training/mine", mine, name="training-mine"),
    path("training/people/<uuid:person>", of_person, name="training-of"),
    path("training/courses", courses, name="courses"),
    path("training/courses/new", course, name="course-new"),
    path("training/courses/<uuid:course>", course, name="course"),
    path("training/courses/<uuid:course>/results", enter, name="results"),
    path("training/results/<uuid:result>/withdraw", withdraw, name="withdraw-result"),
]
