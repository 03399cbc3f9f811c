"""Requests, decisions about them, reports on the urgent ones (spec/viewing.md §4). Pure.

1. **Request.** Signed by a live credential of the viewer named in it, with the role `viewer`, of kind `city`
   with `city-viewer`; for this
   bureau; the viewer key named is the one registered for that credential; every recording is stored and the
   segments are within it; the viewing id is new. An urgent one counts only while its viewer owes no report
   that is overdue at the time it names.
2. **Decision.** About a known and undecided viewing; signed over the request's own bytes by a live credential
   of the approver named in it, of the rank that the request demands; approver and viewer are different
   persons; it expires no later than the request. The first valid one counts, for good; of an urgent one a
   refusal, or approvals by two persons; of a city's the same, one with `city-approver` and one of the
   county's.
3. **Report.** On an urgent viewing that was approved, signed by its viewer; the first valid one counts.

What kind of viewing it is, for what, by whom and of what stands in the request's bytes alone, over which all
of them signed: nobody makes an urgent request of a viewing or a viewing of an urgent request, nor changes a
purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhilu.errors import DataError
from zhilu.keyholder.believed import Credential, Evidence, Known, Room, Taken, Viewing
from zhilu.keyholder.rules import bytes_of, check_signed, signer_of
from zhilu.protocols import viewing as messages
from zhilu.protocols import viewing_after as after
from zhilu.protocols.viewing import Span, asking_role, side, viewer_thumbprint

# 1. Request


def accept_request(core: Mapping[str, Any], room: Room, known: Known) -> tuple[Viewing, Evidence]:
    """`viewing-requested/1`."""
    raw = bytes_of(core, "request")
    request = messages.parse_request(raw)
    if request.bureau != room.bureau:
        raise DataError("bureau", "This request is for another bureau.")
    if known.viewing(request.viewing) is not None:
        raise DataError("viewing-known", "This request was made already.")
    viewer = signer_of(core, known, asking_role(request.kind))
    if viewer.person != request.viewer:
        raise DataError("viewer", "The request names another person than the one who signed it.")
    if viewer_thumbprint(viewer.viewer_key) != request.viewer_key:
        raise DataError("viewer-key", "The request names another key than the registered one.")
    for span in request.spans:
        _check_span(span, known)
    if request.kind == "urgent":
        check_reported(request.viewer, request.requested, known)
    evidence = check_signed(core.get("assertion"), messages.request_challenge(raw), viewer, room)
    return Viewing(raw, request, viewer.id), evidence


def _check_span(span: Span, known: Known) -> None:
    recording = known.recording(span.recording)
    if recording is None:
        raise DataError("recording-unknown", "No such recording is stored.", recording=span.recording)
    if span.last >= max(recording.segments, 1):
        raise DataError("segments", "The recording has fewer segments.", segments=recording.segments)


def check_reported(viewer: str, at: datetime, known: Known, besides: str = "") -> None:
    """No report of this viewer is overdue at this time, but for one on the viewing `besides`."""
    for viewing in known.owed(viewer):
        request = viewing.request
        if request.viewing != besides and at >= request.requested + after.REPORT_DUE:
            raise DataError(
                "report-overdue",
                "A report on an earlier urgent viewing is overdue; file it first.",
                viewing=request.viewing,
            )


# 2. Decision


def accept_decision(core: Mapping[str, Any], room: Room, known: Known) -> tuple[Taken, Evidence]:
    """`viewing-decided/1`."""
    raw = bytes_of(core, "decision")
    decision = messages.parse_decision(raw)
    viewing = known.viewing(decision.viewing)
    if viewing is None or core.get("viewing") != decision.viewing:
        raise DataError("viewing-unknown", "No such request is in the ledger.")
    if viewing.decided:
        raise DataError("decided", "This request is decided already.")
    if decision.expires > viewing.request.expires:
        raise DataError("decision-expires", "An approval cannot outlast its request.")
    approver = signer_of(core, known, *viewing.request.deciding)
    if approver.person != decision.approver:
        raise DataError("approver", "The decision names another person than the one who signed it.")
    if approver.person == viewing.request.viewer:
        raise DataError("approver-is-viewer", "Nobody decides on a request of his own.")
    if approver.person in viewing.approvers:
        raise DataError("approver-twice", "You have decided already; another person must too.")
    if not side_is_open(approver, viewing, known):
        raise DataError("side-decided", "Your bureau has decided already; the other bureau must too.")
    challenge = messages.decision_challenge(viewing.raw, raw)
    evidence = check_signed(core.get("assertion"), challenge, approver, room)
    return Taken(raw, decision, approver.id), evidence


def side_is_open(approver: Credential, viewing: Viewing, known: Known) -> bool:
    """Of a city's request each bureau decides once; of others there is one side."""
    if viewing.request.kind != "city":
        return True
    others = [known.credential(taken.credential) for taken in viewing.decisions]
    return side(approver.roles) not in [side(other.roles) for other in others if other]


# 3. Report


@dataclass(frozen=True)
class Reported:
    raw: bytes
    report: after.Report
    evidence: Evidence


def accept_report(core: Mapping[str, Any], room: Room, known: Known) -> Reported:
    """`viewing-reported/1`."""
    raw = bytes_of(core, "report")
    report = after.parse_report(raw)
    viewing = known.viewing(report.viewing)
    if viewing is None or core.get("viewing") != report.viewing:
        raise DataError("viewing-unknown", "No such request is in the ledger.")
    if not viewing.owes_report:
        raise DataError("report-not-owed", "No report is owed on this viewing.")
    viewer = signer_of(core, known, "viewer")
    if viewer.person != viewing.request.viewer:
        raise DataError("not-the-viewer", "Only the person who asked reports.")
    challenge = after.report_challenge(viewing.raw, raw)
    return Reported(raw, report, check_signed(core.get("assertion"), challenge, viewer, room))
