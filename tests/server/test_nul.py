"""A NUL in an address: one of the two databases takes none, and no page answers with a failure for it."""

from __future__ import annotations

import pytest

from support.county_world import CountyWorld, named_id
from support.organisation import SYSTEM, client_of

pytestmark = pytest.mark.db
PATHS = ("/recorders/a%00b", "/catalogue/items/%00", "/departments/bureaus/%00", "/account%00", "/x%00")
QUERIES = (
    "/people?q=%00",
    "/equipment/register/recorder?serial=a%00",
    "/catalogue?version=%00&q=%00",
    "/recorders?q=%00&department=%00",
)


def test_no_address_with_a_nul_is_a_failure(county: CountyWorld) -> None:
    client = client_of(SYSTEM)
    for path in PATHS:
        assert client.get(path).status_code == 404
    for path in QUERIES:
        assert client.get(path).status_code in (200, 403)
    assert client.get("/people?q=%00%E5%BC%A0").content.count("张".encode()) > 0
    audit = client_of(str(named_id("audit")))
    for source in ("access", "operations"):
        assert audit.get(f"/logs/{source}?q=%00&kind=%00").status_code in (200, 404)
