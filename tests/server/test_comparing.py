"""What a restored home may say about entries that lack: whom it asked, and what came back."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from support.county_world import OFFICER, PASSWORD, CountyWorld
from zhilu.errors import WorldError
from zhilu.server.backup import comparing
from zhilu.server.commands.restore import said_of_comparison
from zhilu.server.ledger.models import Checkpoint, CosignerState
from zhilu.server.ledger.services import publish, terms
from zhilu.server.ledger.services.commit import size
from zhilu.server.organisation.services.accounts import set_account

pytestmark = pytest.mark.db
Post = Callable[[bytes], httpx.Response]


@pytest.fixture
def ask(county: CountyWorld, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Compares, with this cosigner at the other end."""

    def compare(post: Post | None) -> comparing.Compared:
        keyholder = SimpleNamespace() if post else None
        monkeypatch.setattr(
            comparing, "settings", SimpleNamespace(ZHILU=SimpleNamespace(keyholder=keyholder))
        )
        monkeypatch.setattr(publish, "publisher", lambda: publish.Publisher(county.ledger, post))
        return comparing.compare()

    return compare


def refused(code: str, ask: Any, post: Post | None) -> WorldError:
    with pytest.raises(WorldError) as error:
        ask(post)
    assert error.value.code == code
    return error.value


def test_it_says_whose_key_signed_how_much_just_now(
    county: CountyWorld, ask: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    found = ask(county.cosigner.post)
    assert found == comparing.Compared(size(), size(), (county.cosigner.signer.vkey,))
    set_account("zhang", PASSWORD, OFFICER)
    found = ask(county.cosigner.post)
    assert found.entries > found.cosigned
    assert said_of_comparison(found) == 0
    told = capsys.readouterr().out
    assert county.cosigner.signer.vkey in told and str(found.cosigned) in told
    assert str(found.entries - found.cosigned) in told.splitlines()[-1]


def test_an_old_answer_shows_nothing(county: CountyWorld, ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody in the keyholder's place who kept what it once said of this checkpoint."""
    state = county.cosigner.state

    def replayed(body: bytes) -> httpx.Response:
        outcome = county.cosigner.witness.add_checkpoint(body, state, int(time.time()) - 600)
        return httpx.Response(
            outcome.status, content=outcome.body, headers={"content-type": outcome.content_type}
        )

    assert refused("cosigner-stale", ask, replayed).fields["name"] == county.cosigner.signer.name


def test_a_ledger_that_names_a_cosigner_is_not_compared_without_it(county: CountyWorld, ask: Any) -> None:
    refused("cosigner-unset", ask, None)


def test_a_backup_without_a_checkpoint_asks_for_one_over_all_its_entries(
    county: CountyWorld, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Checkpoint.objects.all().delete()
    CosignerState.objects.all().delete()
    assert county.cosigner.state is not None
    newest, root = county.cosigner.state
    # Somebody took away the newest entries too: the cosigner knows more.
    county.cosigner.state = (newest + 5, bytes(32))
    assert refused("ledger-behind", ask, county.cosigner.post).fields["missing"] == 5
    county.cosigner.state = (newest, bytes(32))
    refused("cosigner-away", ask, county.cosigner.post)  # another history
    county.cosigner.state = (newest, root)
    assert ask(county.cosigner.post).cosigned == size()


def test_a_ledger_without_a_cosigner_says_that_it_asked_nobody(
    county: CountyWorld, ask: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terms, "current", lambda: terms.Terms((), 0))
    found = ask(None)
    assert found.cosigners == () and said_of_comparison(found) == 1
    said = capsys.readouterr().out
    assert "NOT compared" in said or "没有与" in said


def test_what_could_not_be_compared_is_said_and_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert said_of_comparison(WorldError("cosigner-away", "away")) == 1
    told = capsys.readouterr()
    assert "[cosigner-away]" in told.err and len(told.out.splitlines()) == 2
