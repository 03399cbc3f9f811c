"""Where the viewing room of a county is, for the link of a page of the city.

The host follows from the name of the county's ledger, which was carried here by hand: the room of
`<bureau>.<domain>/ledger` is at `<bureau>.view.<domain>` (spec/viewing.md §1). The port the ledger itself
tells: each security key signed the place where it was registered into its entry. So no entry leads anybody
to another host; what the room gives, its keyholder decides.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from zhilu import strictjson
from zhilu.errors import DataError
from zhilu.protocols.assertions import parse_assertion
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import event_of


def room_of(bureau: str, ledger: str) -> str:
    """Its origin, by the ledger that is stood in, whose key is `ledger`; "" where that names none there."""
    entry = Entry.objects.filter(kind="credential-registered/1").order_by("-index").first()
    if entry is None:
        return ""
    try:
        signed = parse_assertion(event_of(entry).binding["assertion"])
        origin = strictjson.fields(strictjson.loads(signed.client_data_json), {"origin": str})["origin"]
    except (DataError, KeyError):
        return ""
    return origin if is_room(origin, bureau, ledger) else ""


def is_room(origin: str, bureau: str, ledger: str) -> bool:
    name, _, kind = ledger.partition("+")[0].partition("/")
    own, _, domain = name.partition(".")
    host = f"{bureau}.view.{domain}"
    try:
        place = urlsplit(origin)
        port = f":{place.port}" if place.port else ""
    except ValueError:
        return False
    is_local = host.endswith(".localhost")
    schemes = ("https", "http") if is_local else ("https",)
    is_of_ledger = (own, kind) == (bureau, "ledger") and bool(domain)
    return is_of_ledger and place.scheme in schemes and origin == f"{place.scheme}://{host}{port}"
