"""Copies at the county: entered only as approved, counted apart, shown in a list of their own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from openpyxl import load_workbook

from support.county_world import BUREAU, RECORDING, CountyWorld, named_id
from support.recordings import fixed_key
from zhilu.encoding import unb64u
from zhilu.protocols.viewing import Span
from zhilu.sealed.keys import thumbprint
from zhilu.server.evidence.models import Copy, Viewing
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.events import RoleGranted

pytestmark = pytest.mark.django_db
RECIPIENT = fixed_key("recipient").public_key()
POINT = RECIPIENT.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
DIGEST = "ab" * 32


@pytest.fixture
def stored(county: CountyWorld) -> CountyWorld:
    county.store()
    county.register_credentials()
    return county


def ask(county: CountyWorld, kind: str = "copy", name: str = "copy") -> str:
    at, viewing = datetime.now(UTC), str(named_id(name))
    more: dict[str, Any] = {"recipient": (POINT, "巨鹿县人民法院")} if kind == "copy" else {}
    asked = county.viewer.request(
        viewing, BUREAU, [Span(str(RECORDING), 1, 2)], "法院调取", at, kind=kind, purpose="court", **more
    )
    core = {"request": asked.pop("request"), "assertion": asked.pop("assertion")}
    assert county.post_event("viewing-requested/1", core, asked).status_code == 201
    return viewing


def decide(county: CountyWorld, viewing: str) -> Any:
    from zhilu.server.ledger.models import Entry
    from zhilu.server.ledger.services.commit import event_of

    raw = unb64u(event_of(Entry.objects.get(kind="viewing-requested/1", subject=viewing)).request)
    decided = county.approver.decision(raw, datetime.now(UTC))
    return county.post_event("viewing-decided/1", {"viewing": viewing, **decided})


def approved(county: CountyWorld, kind: str = "copy", name: str = "copy") -> str:
    commit(RoleGranted(county.approver.person, "leader", None), BUREAU)
    viewing = ask(county, kind, name)
    assert decide(county, viewing).status_code == 201
    return viewing


def made(county: CountyWorld, viewing: str, **change: Any) -> Any:
    core = {
        "viewing": viewing,
        "recording": str(RECORDING),
        "from": 1,
        "to": 2,
        "recipient": thumbprint(RECIPIENT),
        "sha256": DIGEST,
        "length": 4711,
        "at_ms": 1_795_000_000_000,
        "assertion": county.viewer.sign(bytes(32)),
    }
    return county.post_event("copy-made/1", core | change)


def code(answer: Any) -> str:
    return "ok" if answer.status_code == 201 else str(json.loads(answer.content)["error"])


def test_a_copy_is_entered_as_approved_and_each_time_anew(stored: CountyWorld) -> None:
    viewing = approved(stored)
    assert code(made(stored, viewing)) == "not-released"
    stored.release(UUID(viewing))
    assert [code(made(stored, viewing)), code(made(stored, viewing, sha256="cd" * 32))] == ["ok", "ok"]
    first, second = Copy.objects.order_by("entry")
    assert (first.first, first.last, first.length, first.sha256) == (1, 2, 4711, DIGEST)
    assert second.sha256 == "cd" * 32 and first.viewing.recipient == "巨鹿县人民法院"


def test_a_copy_without_a_leaders_approval_is_not_entered(stored: CountyWorld) -> None:
    """An approver who is no leader cannot approve a copy."""
    viewing = ask(stored)
    assert code(made(stored, viewing)) == "not-approved"
    assert code(decide(stored, viewing)) == "not-granted"
    assert code(made(stored, viewing)) == "not-approved" and not Copy.objects.exists()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"to": 3}, "copy-span"),
        ({"from": 0}, "copy-span"),
        ({"from": 2, "to": 1}, "copy-span"),
        ({"recording": str(named_id("other"))}, "copy-span"),
        ({"recipient": thumbprint(fixed_key("another").public_key())}, "copy-recipient"),
        ({"sha256": "xy"}, "field"),
    ],
)
def test_what_goes_beyond_the_approval_is_refused(
    stored: CountyWorld, change: dict[str, Any], expected: str
) -> None:
    viewing = approved(stored)
    stored.release(UUID(viewing))
    assert code(made(stored, viewing, **change)) == expected
    assert not Copy.objects.exists()


def test_a_viewing_is_no_copy(stored: CountyWorld) -> None:
    viewing = approved(stored, "view", "seen")
    stored.release(UUID(viewing))
    assert code(made(stored, viewing)) == "not-approved"
    assert Viewing.objects.get(id=viewing).kind == "view"


def test_the_list_of_copies_and_its_file(stored: CountyWorld) -> None:
    viewing = approved(stored)
    stored.release(UUID(viewing))
    made(stored, viewing)
    client = stored.sign_in(stored.viewer.person)
    page = client.get("/copies").content.decode()
    assert "巨鹿县人民法院" in page and "1–2" in page
    assert "巨鹿县人民法院" not in client.get("/copies?purpose=case").content.decode()
    shown = client.get("/copies?col=made&col=sha256&col=length").content.decode()
    assert DIGEST in shown and "4711" in shown
    file = client.get("/copies?export=xlsx")
    rows = list(load_workbook(BytesIO(b"".join(file))).active.iter_rows(values_only=True))
    assert "巨鹿县人民法院" in rows[-1]
