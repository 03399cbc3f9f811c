"""How viewings follow from the ledger (spec/viewing.md §4, §5, §7).

Whether a viewing opens anything, the keyholder decides from what persons signed. Here stands what it leaves
to the county: over which departments a person holds the role at the moment of the entry, by grant or by
delegation. People of the city have no grant here: their witnessed and living key is it, for the whole county.
For which bureau somebody asks or decides, the key that signs says, here as there: one person may have keys of
both. What both check, the county refuses first.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from zhilu.encoding import parse_time, unb64u
from zhilu.errors import DataError
from zhilu.protocols.viewing import (
    DECIDE,
    DECIDING_ROLES,
    Decision,
    parse_decision,
    parse_request,
    side,
    viewer_thumbprint,
)
from zhilu.protocols.viewing_after import REPORT_DUE, REPORT_LIMITS, parse_report
from zhilu.server.evidence import events_viewings as events
from zhilu.server.evidence.models import (
    KeyRelease,
    Recording,
    Screenshot,
    Viewing,
    ViewingDecision,
    ViewingReport,
    ViewingSpan,
)
from zhilu.server.evidence.models.viewings import LONGEST_REASON, LONGEST_RECIPIENT
from zhilu.server.evidence.services.reports import owed
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.organisation.apply_people import check_known
from zhilu.server.organisation.services.credentials import key_roles, roles_of_signer
from zhilu.server.organisation.services.rights import rights_of

# Request


@checks(events.ViewingRequested)
def check_requested(event: events.ViewingRequested, stamp: Stamp) -> None:
    request = parse_request(unb64u(event.request))
    check_known(request.viewer)
    if Viewing.objects.filter(id=request.viewing).exists():
        raise DataError("viewing-known", "This viewing has been requested already.")
    for span in request.spans:
        if not Recording.objects.filter(id=span.recording).exists():
            raise DataError("recording-unknown", "No such recording is stored.")
    if request.kind != "city":
        _check_covers(request.viewer, ("viewer",), [span.recording for span in request.spans])
    elif "city-viewer" not in roles_of_signer(event.assertion, request.viewer):
        raise not_granted()
    if request.kind == "urgent" and overdue(request.viewer, stamp):
        raise DataError("report-overdue", "A report on an earlier urgent viewing is overdue; file it first.")


def overdue(viewer: str, stamp: Stamp) -> bool:
    """Whether this viewer owes a report that was due before this entry."""
    return owed().filter(viewer=viewer, requested__lte=stamp.at - REPORT_DUE).exists()


def _check_covers(person: str, roles: tuple[str, ...], recordings: Iterable[object]) -> None:
    """A security key opens the room. What its person may ask and decide about there, the grants of this
    moment say: they have a scope, and end with a post.
    """
    rights = rights_of(UUID(person))
    places = Recording.objects.filter(id__in=list(recordings)).values_list("department", flat=True)
    if not rights.roles & set(roles) or not all(rights.covers(place, *roles) for place in set(places)):
        raise not_granted()


def not_granted() -> DataError:
    return DataError("not-granted", "This person has no role that covers these recordings.")


@applies(events.ViewingRequested)
def apply_requested(event: events.ViewingRequested, stamp: Stamp) -> None:
    request = parse_request(unb64u(event.request))
    recipient = request.recipient
    viewing = Viewing.objects.create(
        id=request.viewing,
        viewer=request.viewer,
        kind=request.kind,
        purpose=request.purpose,
        requested=request.requested,
        expires=request.expires,
        until=request.expires,
        reason=str(stamp.personal.get("reason", ""))[:LONGEST_REASON],
        recipient=str(stamp.personal.get("recipient", ""))[:LONGEST_RECIPIENT] if recipient else "",
        recipient_key=viewer_thumbprint(recipient.key) if recipient else "",
        asked_at=stamp.at,
        entry=stamp.index,
    )
    for span in request.spans:
        ViewingSpan.objects.create(
            id=f"{request.viewing}/{span.recording}",
            viewing=viewing,
            recording=span.recording,
            first=span.first,
            last=span.last,
            entry=stamp.index,
        )


# Decision


@checks(events.ViewingDecided)
def check_decided(event: events.ViewingDecided, stamp: Stamp) -> None:
    decision = parse_decision(unb64u(event.decision))
    if decision.viewing != event.viewing:
        raise DataError("decision", "The decision is about another viewing.")
    viewing = Viewing.objects.filter(id=event.viewing, decided=None).first()
    if viewing is None:
        raise DataError("viewing-decided", "No such viewing waits for a decision.")
    if decision.approver == str(viewing.viewer):
        raise DataError("approver-is-viewer", "Nobody decides on a request of his own.")
    if viewing.decisions.filter(approver=decision.approver).exists():
        raise DataError("approver-twice", "You have decided already; another person must too.")
    if viewing.kind == "city":
        _check_side(decision.approver, roles_of_signer(event.assertion, decision.approver), viewing)
    else:
        _check_may_decide(decision, viewing)


def _check_may_decide(decision: Decision, viewing: Viewing) -> None:
    if viewing.kind == "urgent":
        # Whoever may decide at all: the one over the department is perhaps not to be found.
        _check_covers(decision.approver, DECIDING_ROLES, [])
    else:
        spans = viewing.spans.values_list("recording", flat=True)
        _check_covers(decision.approver, viewing.deciding, spans)


def _check_side(approver: str, roles: set[str], viewing: Viewing) -> None:
    """`roles`: of the key that signs. One of the city, by that key; one of the county, by his grants too.
    Each side once."""
    if not roles & set(viewing.deciding):
        raise not_granted()
    own = side(roles)
    if viewing.decisions.filter(side=own).exists():
        raise DataError("side-decided", "Your bureau has decided already; the other bureau must too.")
    if own == "county":
        _check_covers(approver, DECIDING_ROLES, viewing.spans.values_list("recording", flat=True))


@applies(events.ViewingDecided)
def apply_decided(event: events.ViewingDecided, stamp: Stamp) -> None:
    decision = parse_decision(unb64u(event.decision))
    viewing = Viewing.objects.get(id=event.viewing)
    ViewingDecision.objects.create(
        id=stamp.index,
        viewing=viewing,
        approver=decision.approver,
        approved=decision.approved,
        side=side(roles_of_signer(event.assertion, decision.approver, living=False)),
        decided=decision.decided,
        expires=decision.expires,
        at=stamp.at,
        entry=stamp.index,
    )
    if decision.approved and viewing.decisions.count() < DECIDE[viewing.kind]:
        Viewing.objects.filter(id=viewing.id).update(until=min(viewing.until, decision.expires))
        return
    Viewing.objects.filter(id=viewing.id).update(
        approver=decision.approver,
        approved=decision.approved,
        decided=decision.decided,
        decided_entry=stamp.index,
        until=min(viewing.until, decision.expires),
    )


# Report


@checks(events.ViewingReported)
def check_reported(event: events.ViewingReported, stamp: Stamp) -> None:
    if parse_report(unb64u(event.report)).viewing != event.viewing:
        raise DataError("report", "The report is about another viewing.")
    if not owed().filter(id=event.viewing).exists():
        raise DataError("report-not-owed", "No report is owed on this viewing.")


@applies(events.ViewingReported)
def apply_reported(event: events.ViewingReported, stamp: Stamp) -> None:
    ViewingReport.objects.create(
        id=stamp.index,
        viewing_id=event.viewing,
        text=str(stamp.personal.get("text", ""))[: REPORT_LIMITS[1]],
        at=stamp.at,
        entry=stamp.index,
    )
    Viewing.objects.filter(id=event.viewing).update(reported=stamp.at)


# Release, and what is made under it


@checks(events.KeyReleased)
def check_released(event: events.KeyReleased, stamp: Stamp) -> None:
    viewing = Viewing.objects.filter(id=event.viewing, approved=True).first()
    span = ViewingSpan.objects.filter(viewing_id=event.viewing, recording=event.recording).first()
    if viewing is None or span is None:
        raise DataError("not-approved", "The viewing is not approved for this recording.")
    if event.from_ < span.first or event.to > span.last or event.from_ > event.to:
        raise DataError("not-approved", "The viewing is not approved for this recording.")
    if viewing.kind != "city":
        _check_covers(str(viewing.viewer), ("viewer",), [event.recording])
    elif "city-viewer" not in key_roles(viewing.viewer):
        raise not_granted()


@applies(events.KeyReleased)
def apply_released(event: events.KeyReleased, stamp: Stamp) -> None:
    KeyRelease.objects.create(
        id=stamp.index,
        viewing=event.viewing,
        recording=event.recording,
        first=event.from_,
        last=event.to,
        viewer_key=event.viewer_key,
        expires=parse_time(event.expires),
        at=stamp.at,
        entry=stamp.index,
    )


@checks(events.ScreenshotTaken)
def check_screenshot(event: events.ScreenshotTaken, stamp: Stamp) -> None:
    if not KeyRelease.objects.filter(viewing=event.viewing, recording=event.recording).exists():
        raise DataError("not-released", "No key was released for this recording and viewing.")


@applies(events.ScreenshotTaken)
def apply_screenshot(event: events.ScreenshotTaken, stamp: Stamp) -> None:
    Screenshot.objects.create(
        id=stamp.index,
        viewing=event.viewing,
        recording=event.recording,
        pts_us=event.pts_us,
        sha256=event.sha256,
        at=stamp.at,
        entry=stamp.index,
    )
