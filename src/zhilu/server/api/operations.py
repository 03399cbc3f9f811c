"""The operations under /api/v1/: what each asks and answers. What they do stands in the modules beside this
one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_noop
from ninja import Header, NinjaAPI, Path, Query
from ninja.parser import Parser
from ninja.types import DictStrAny

from zhilu import strictjson
from zhilu.server.api import (
    changes,
    cursors,
    entering,
    limits,
    linking,
    problems,
    references,
    schemas,
    statistics,
)
from zhilu.server.api.auth import Scoped, bearer
from zhilu.server.api.problems import Problem, Refused
from zhilu.server.organisation.rules_tokens import LINKS, REFERENCES, STATISTICS, TASKS
from zhilu.server.pages.services import seen

OLDEST, NEWEST = date(2000, 1, 1), date(2999, 12, 31)
Day = Annotated[date, Query(ge=OLDEST, le=NEWEST)]
Limit = Annotated[int, Query(ge=1, le=200)]
Since = Annotated[str, Query(max_length=64, description="`next` of the call before; not at the first")]
Number = Annotated[str, Query(min_length=1, max_length=200)]
Cursor = Annotated[str, Query(max_length=64)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class StrictParser(Parser):
    def parse_body(self, request: HttpRequest) -> DictStrAny:
        return strictjson.loads_object(request.body, limits.BODY)


api = NinjaAPI(
    title="执录 Zhilu",
    version="1",
    description="References of acts and recordings, and statistics, out; links and due tasks in. "
    "See docs/operate/api.md.",
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    parser=StrictParser(),
)
problems.install(api)


F = TypeVar("F", bound=Callable[..., Any])


def _of(
    method: Callable[..., Any], path: str, name: str, scope: str, says: str, good: Any, *more: int
) -> Callable[[F], F]:
    """One operation: what it answers when all is well, and with which other statuses it may refuse."""
    SCOPES[name] = scope
    made: Callable[[F], F] = method(
        path,
        response={200: good} | dict.fromkeys((401, 403, 422, 429, *more), Problem),
        auth=Scoped(scope),
        url_name=f"api/{name}",
        operation_id=name,
        summary=says,
    )
    return made


SCOPES: dict[str, str] = {}
"""operation → scope."""
_get, _post, _delete = (partial(_of, one) for one in (api.get, api.post, api.delete))


@_get("/acts", "acts", REFERENCES, gettext_noop("Acts, the newest first"), schemas.Acts)
def acts(
    request: HttpRequest,
    taxpayer: Number | None = None,
    document: Number | None = None,
    case: Number | None = None,
    first: Day | None = None,
    last: Day | None = None,
    department: UUID | None = None,
    procedure: Annotated[str, Query(max_length=16)] | None = None,
    officer: Number | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """`taxpayer`, `document`, `case`: numbers of live links; `first` to `last`: days on which they were
    opened; `officer`: number.
    """
    who = bearer(request)
    found = references.on_days(references.visible_acts(who), first, last)
    found = references.linked(found, {"taxpayer": taxpayer, "document": document, "case": case})
    if department:
        found = found.filter(department=department)
    if procedure:
        found = found.filter(procedure=procedure.replace("\0", ""))
    if officer:
        found = found.filter(officers__officer__in=references.of_officer(officer))
    return _page(request, *cursors.page(found, cursor, limit, references.ActRows(who)))


@_get(
    "/acts/changes",
    "acts-changes",
    REFERENCES,
    gettext_noop("Acts that have changed since a ledger entry"),
    schemas.ChangedActs,
)
def changed_acts(request: HttpRequest, since: Since | None = None, limit: Limit = 50) -> dict[str, Any]:
    """Each as it is now, in the order of the changes. Misses nothing: keep `next` and ask with it."""
    who = bearer(request)
    step = changes.step(who, changes.OF_ACTS, references.visible_acts(who), since, limit)
    return _changed(request, references.ActRows(who)(step.rows), step)


@_get("/acts/{act}", "act", REFERENCES, gettext_noop("One act"), schemas.Act, 404)
def act(request: HttpRequest, act: Path[UUID]) -> schemas.Act:
    who = bearer(request)
    found = references.visible_acts(who).filter(id=act).first()
    if found is None:
        raise Refused(404, "not-found")
    return references.ActRows(who)([found])[0]


@_get(
    "/recordings", "recordings", REFERENCES, gettext_noop("Recordings, the newest first"), schemas.Recordings
)
def recordings(
    request: HttpRequest,
    first: Day | None = None,
    last: Day | None = None,
    department: UUID | None = None,
    officer: Number | None = None,
    act: UUID | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """References only: never sound, picture or position. `act`: those that it names. Drills are not among
    them.
    """
    who = bearer(request)
    found = references.on_days(references.visible_recordings(who), first, last)
    if department:
        found = found.filter(department=department)
    if officer:
        found = found.filter(officer__in=references.of_officer(officer))
    if act:
        found = found.filter(id__in=references.recordings_of(who, act))
    return _page(request, *cursors.page(found, cursor, limit, references.recording_rows))


@_get(
    "/recordings/changes",
    "recordings-changes",
    REFERENCES,
    gettext_noop("Recordings stored or set aside since a ledger entry"),
    schemas.ChangedRecordings,
)
def changed_recordings(request: HttpRequest, since: Since | None = None, limit: Limit = 50) -> dict[str, Any]:
    """Which acts name a recording is said by the acts' changes."""
    who = bearer(request)
    step = changes.step(who, changes.OF_RECORDINGS, references.visible_recordings(who), since, limit)
    return _changed(request, references.recording_rows(step.rows), step)


@_get(
    "/recordings/{recording}", "recording", REFERENCES, gettext_noop("One recording"), schemas.Recording, 404
)
def recording(request: HttpRequest, recording: Path[UUID]) -> schemas.Recording:
    found = references.visible_recordings(bearer(request)).filter(id=recording).first()
    if found is None:
        raise Refused(404, "not-found")
    return references.recording_rows([found])[0]


@_get("/statistics", "statistics", STATISTICS, gettext_noop("Numbers between two days"), schemas.Statistics)
def numbers(
    request: HttpRequest, first: Day, last: Day, by: Literal["department", "procedure", "day"] = "department"
) -> schemas.Statistics:
    """Days of Beijing, both in it, at most 366. Of each rate both numbers."""
    return statistics.count(bearer(request), first, last, by)


@_post(
    "/links",
    "links",
    LINKS,
    gettext_noop("Link acts to taxpayers, documents, cases"),
    schemas.LinksDone,
    400,
    409,
    413,
    415,
)
def link(
    request: HttpRequest,
    sent: schemas.LinksIn,
    idempotency_key: Key = None,
) -> schemas.LinksDone:
    """At most 500 rows; each is done or refused for itself, and the answer says which and why."""
    done = linking.link_all(bearer(request), sent, request.body, idempotency_key)
    seen.listed(request, {row.act for row in done.rows if row.act})
    request.zhilu_missed = linking.missed(done)  # type: ignore[attr-defined]
    return done


@_delete(
    "/links/{link}", "link", LINKS, gettext_noop("End a link that came in by the API"), schemas.Ended, 404
)
def unlink(request: HttpRequest, link: Path[UUID], reason: schemas.LinkEnd) -> schemas.Ended:
    """It stays in the ledger as it was. To end it twice is to end it once."""
    ended, act = linking.end(bearer(request), link, reason)
    seen.listed(request, [act])
    return ended


@_post(
    "/due-tasks",
    "due-tasks",
    TASKS,
    gettext_noop("Enter due tasks"),
    schemas.TasksDone,
    400,
    409,
    413,
    415,
)
def due_tasks(request: HttpRequest, sent: schemas.TasksIn, idempotency_key: Key = None) -> schemas.TasksDone:
    """At most 500 rows; each is entered or refused for itself, and the answer says which and why."""
    done = entering.enter_all(bearer(request), sent, request.body, idempotency_key)
    seen.listed(request, {row.task for row in done.rows if row.task})
    return done


def _page(request: HttpRequest, items: Any, older: str | None) -> dict[str, Any]:
    seen.listed(request, [one.id for one in items])
    return {"items": items, "next": older}


def _changed(request: HttpRequest, items: Any, step: changes.Step) -> dict[str, Any]:
    seen.listed(request, [one.id for one in items])
    return {"items": items, "next": step.next, "more": step.more}
