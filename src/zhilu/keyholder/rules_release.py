"""When a key is given away, and what a viewer may make under it (spec/viewing.md §5, §7). Pure.

1. **Release.** Approved, an urgent one by two; not before it was requested and before request and decisions
   expire, by the keyholder's own clock; the asking credential is the viewer's, live, with the viewer key of
   the request; the approvers' credentials are live; the ask is signed and at most 60 s off; the recording is
   one of those requested. An urgent one: no report on another of this viewer is overdue.
2. **The entry of a release** is exactly what was posted: this bureau, kind, viewing, recording, segments,
   viewer key, nonces, expiry. One field off and there is no release. For the city's keyholder, which did not
   post it: all of that as permitted there, with its own nonce; the other keyholder's nonce is any, and the
   expiry no later than its own grant would end, but for the difference of two clocks.
3. **A picture or a copy** is entered as asserted by the same person with the same key, while 1 still holds
   and a grant that was given for this viewing and recording lives: it cannot be of what was never released.

A segment may be released more than once, while the approval lives: each time is an ask, a nonce and an entry
of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from zhilu import strictjson
from zhilu.encoding import hex32, parse_time
from zhilu.errors import DataError
from zhilu.keyholder.believed import Credential, Evidence, Known, Room, Viewing, Wanted
from zhilu.keyholder.rules import check_signed, live, signer_of
from zhilu.keyholder.rules_viewings import check_reported
from zhilu.protocols import viewing as messages
from zhilu.protocols import viewing_after as after
from zhilu.protocols.viewing import Span, asking_role, viewer_thumbprint

MAX_SKEW = timedelta(seconds=60)


# 1. Release


@dataclass(frozen=True)
class Permitted:
    """A release that may be posted; `until` bounds the grant."""

    viewing: Viewing
    span: Span
    viewer: Credential
    until: datetime
    evidence: Evidence


def permit_release(
    viewing_id: str, ask: Mapping[str, Any], now: datetime, room: Room, known: Known
) -> Permitted:
    """`ask`: body of the release request, `{"recording","at_ms","assertion"}`."""
    viewing, until = approved(viewing_id, now, known)
    got = strictjson.fields(ask, {"recording": str, "at_ms": int, "assertion": dict})
    span = _span(viewing, got["recording"])
    _check_time(got["at_ms"], now)
    viewer = _viewer(viewing, got, known)
    challenge = messages.release_challenge(viewing_id, span.recording, got["at_ms"])
    evidence = check_signed(got["assertion"], challenge, viewer, room)
    return Permitted(viewing, span, viewer, until, evidence)


def still_permitted(permitted: Permitted, now: datetime, known: Known) -> None:
    """Once more, right before the key leaves: a minute may have passed since, and a revocation come in."""
    approved(permitted.viewing.request.viewing, now, known)
    live(permitted.viewer.id, known)


def approved(viewing_id: str, now: datetime, known: Known) -> tuple[Viewing, datetime]:
    """A viewing whose key may be released at this moment, and until when."""
    viewing = _approved(viewing_id, known)
    if now >= viewing.until:
        raise DataError("expired", "This approval has expired.")
    request = viewing.request
    if request.requested > now + MAX_SKEW:
        raise DataError("not-yet", "This request is dated in the future.")
    for credential in (viewing.credential, *(taken.credential for taken in viewing.decisions)):
        live(credential, known)
    if request.kind == "urgent":
        check_reported(request.viewer, now, known, besides=viewing_id)
    return viewing, viewing.until


def _approved(viewing_id: str, known: Known) -> Viewing:
    viewing = known.viewing(viewing_id)
    if viewing is None:
        raise DataError("viewing-unknown", "No such request is in the ledger.")
    if viewing.refused:
        raise DataError("refused", "This request was refused.")
    if not viewing.decisions:
        raise DataError("not-approved", "Nobody has decided on this request yet.")
    if not viewing.approved:
        raise DataError("not-approved", "A second person must approve this request.")
    return viewing


def _span(viewing: Viewing, recording: str) -> Span:
    span = viewing.request.span(recording)
    if span is None:
        raise DataError("not-requested", "This recording is not one of those requested.")
    return span


def _check_time(at_ms: int, now: datetime) -> None:
    off_ms = abs(at_ms - int(now.timestamp() * 1000))
    if at_ms < 0 or off_ms > MAX_SKEW / timedelta(milliseconds=1):
        raise DataError("ask-time", "The clock of this computer is more than a minute off.")


def _viewer(viewing: Viewing, got: Mapping[str, Any], known: Known) -> Credential:
    viewer = signer_of(got, known, asking_role(viewing.request.kind))
    if viewer.person != viewing.request.viewer:
        raise DataError("not-the-viewer", "Only the person who asked may watch.")
    if viewer_thumbprint(viewer.viewer_key) != viewing.request.viewer_key:
        raise DataError("viewer-key", "The request was made with another security key.")
    return viewer


# 2. The entry of a release


def check_released(leaf: Mapping[str, Any], core: Mapping[str, Any], wanted: Wanted, room: Room) -> None:
    """`leaf` and `core` as read from the ledger."""
    check_core(leaf, core, wanted.core(), room)


def check_core(
    leaf: Mapping[str, Any], core: Mapping[str, Any], wanted: Mapping[str, Any], room: Room
) -> None:
    said, posted = (strictjson.dumps(dict(sorted(each.items()))) for each in (core, wanted))
    if leaf["bureau"] != room.bureau or leaf["kind"] != "key-released/1" or said != posted:
        raise _differs()


def _differs() -> DataError:
    return DataError("release-differs", "The ledger holds another release than the one asked for.")


@dataclass(frozen=True)
class Agreed:
    """What another keyholder was allowed to enter, with our nonce (b64u); permitted at `at`."""

    permitted: Permitted
    nonce: str
    at: datetime


def check_agreed(leaf: Mapping[str, Any], core: Mapping[str, Any], agreed: Agreed, room: Room) -> None:
    """`leaf` and `core` as read from the ledger of `room`."""
    permitted = agreed.permitted
    latest = min(permitted.until, agreed.at + messages.MAX_GRANT_LIFE + MAX_SKEW)
    viewing, key = permitted.viewing.request.viewing, viewer_thumbprint(permitted.viewer.viewer_key)
    wanted = Wanted(viewing, permitted.span, key, b"", "", agreed.nonce).core()
    nonce, expires = core.get("nonce"), core.get("expires")
    if not isinstance(nonce, str) or nonce == agreed.nonce or not isinstance(expires, str):
        raise _differs()
    # The other's nonce is any, and the expiry is compared as a time.
    check_core(leaf, core, wanted | {"nonce": nonce, "expires": expires}, room)
    if parse_time(expires) > latest:
        raise _differs()


# 3. Pictures and copies


@dataclass(frozen=True)
class Making:
    """`lent`: when the last grant that was given for this viewing and recording ends, if there was one."""

    viewing: str
    body: Mapping[str, Any]
    now: datetime
    lent: Callable[[str, str], datetime | None]


def permit_screenshot(making: Making, room: Room, known: Known) -> tuple[dict[str, Any], Evidence]:
    """Core of `screenshot-taken/1`."""
    shape = {"recording": str, "pts_us": int, "sha256": str, "at_ms": int, "assertion": dict}
    got = strictjson.fields(making.body, dict(shape))
    viewing, _, viewer = _permit(making, got, known)
    if viewing.request.kind == "copy":
        raise DataError("kind", "This viewing is for a copy.")
    told = (got["recording"], _number(got, "pts_us"), _digest(got), got["at_ms"])
    challenge = after.screenshot_challenge(making.viewing, *told)
    return {"viewing": making.viewing, **got}, check_signed(got["assertion"], challenge, viewer, room)


def permit_copy(making: Making, room: Room, known: Known) -> tuple[dict[str, Any], Evidence]:
    """Core of `copy-made/1`."""
    shape = {"recording": str, "from": int, "to": int, "recipient": str, "sha256": str, "length": int}
    got = strictjson.fields(making.body, {**shape, "at_ms": int, "assertion": dict})
    viewing, span, viewer = _permit(making, got, known)
    recipient = viewing.request.recipient
    if recipient is None:
        raise DataError("kind", "This viewing is not for a copy.")
    if viewer_thumbprint(recipient.key) != got["recipient"]:
        raise DataError("recipient-other", "The copy is sealed to another recipient than the one approved.")
    if not span.first <= got["from"] <= got["to"] <= span.last:
        raise DataError("not-requested", "This part of the recording is not what was requested.")
    told = (got["from"], got["to"], got["recipient"], _digest(got), _number(got, "length"), got["at_ms"])
    challenge = after.copy_challenge(making.viewing, got["recording"], *told)
    return {"viewing": making.viewing, **got}, check_signed(got["assertion"], challenge, viewer, room)


def _permit(making: Making, got: Mapping[str, Any], known: Known) -> tuple[Viewing, Span, Credential]:
    viewing, _ = approved(making.viewing, making.now, known)
    span = _span(viewing, got["recording"])
    _check_time(got["at_ms"], making.now)
    lent = making.lent(making.viewing, span.recording)
    if lent is None or making.now >= lent:
        raise DataError("not-released", "No key is released for this at the moment; open the viewing again.")
    return viewing, span, _viewer(viewing, got, known)


def _number(got: Mapping[str, Any], name: str) -> int:
    value: int = got[name]
    if not 0 <= value <= after.MAX_NUMBER:
        raise DataError("field", "The field {part} is missing or has the wrong form.", part=name)
    return value


def _digest(got: Mapping[str, Any]) -> str:
    hex32(text := got["sha256"])
    return str(text)
