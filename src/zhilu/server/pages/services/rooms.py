"""Where the viewing room of a bureau is, as its own ledger tells it: each security key was registered there,
and signed the place into the entry. For the link of a page of the city; what the room gives, its keyholder
decides.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from zhilu import strictjson
from zhilu.errors import DataError
from zhilu.protocols.assertions import parse_assertion
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import event_of


def room_of(bureau: str) -> str:
    """Its origin, by the ledger that is stood in; "" where that names none of this bureau."""
    entry = Entry.objects.filter(kind="credential-registered/1").order_by("-index").first()
    if entry is None:
        return ""
    try:
        signed = parse_assertion(event_of(entry).binding["assertion"])
        origin = strictjson.fields(strictjson.loads(signed.client_data_json), {"origin": str})["origin"]
        place = urlsplit(origin)
        host = place.hostname or ""
        port = f":{place.port}" if place.port else ""
    except (DataError, KeyError, ValueError):
        return ""
    is_room = place.scheme in ("http", "https") and host.startswith(f"{bureau}.view.")
    return origin if is_room and origin == f"{place.scheme}://{host}{port}" else ""
