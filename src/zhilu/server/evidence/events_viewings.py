"""Events about viewings (spec/ledger.md §6, spec/viewing.md §4, §5, §7)."""

from __future__ import annotations

from zhilu.encoding import unb64u
from zhilu.protocols.viewing import parse_request
from zhilu.server.ledger.events import event
from zhilu.server.ledger.shapes import B64u, Hex, Id, JsonObject, Kid, Natural, Time


@event("viewing-requested/1", subject="viewing")
class ViewingRequested:
    """`request`: the bytes that the viewer asserted. Personal: salt, reason, of a copy recipient."""

    request: B64u
    assertion: JsonObject

    @property
    def viewing(self) -> str:
        return parse_request(unb64u(self.request)).viewing


@event("viewing-decided/1", subject="viewing")
class ViewingDecided:
    viewing: Id
    decision: B64u
    assertion: JsonObject


@event("key-released/1", subject="viewing")
class KeyReleased:
    """Segments `from` to `to`; `viewer_key` is a thumbprint; `nonce` is the keyholder's, `city_nonce`
    that of the city's, of a recording of two shares."""

    viewing: Id
    recording: Id
    from_: Natural
    to: Natural
    viewer_key: Kid
    nonce: B64u
    expires: Time
    city_nonce: B64u | None = None


@event("viewing-reported/1", subject="viewing")
class ViewingReported:
    """On an urgent one. `report`: the bytes that the viewer asserted. Personal: salt, text."""

    viewing: Id
    report: B64u
    assertion: JsonObject


@event("screenshot-taken/1", subject="viewing")
class ScreenshotTaken:
    """`pts_us` is the page's word; `sha256` of the picture's file."""

    viewing: Id
    recording: Id
    pts_us: Natural
    sha256: Hex
    at_ms: Natural
    assertion: JsonObject
