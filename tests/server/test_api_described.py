"""The API as its OpenAPI describes it: schemathesis asks the real WSGI application of a filled county all
that the description allows, and what it does not; offline, from a fixed seed, in bounded time.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import negative_data_rejection, positive_data_acceptance

from support import bureau
from support.api import Caller
from support.bureau import OWN, Bureau
from support.county_world import OFFICER, CountyWorld
from zhilu.server.api import limits
from zhilu.server.api.operations import SCOPES
from zhilu.server.evidence.services import links
from zhilu.server.wsgi import application

EXAMPLES, SECONDS = 8, 40
STATUSES = {200, 400, 401, 404, 409, 413, 415, 422}
JUDGED_ELSEWHERE = [positive_data_acceptance, negative_data_rejection]
"""No schema says that the last day is not before the first, or which cursor the API gave. What is spoilt may
be the token, which is put right here, or a parameter's first value of two, of which the last one counts.
"""


@pytest.fixture
def grown(county: CountyWorld, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    monkeypatch.setattr(limits, "CALLS", 1_000_000)
    monkeypatch.setattr(limits, "GUESSES", 1_000_000)
    made = bureau.of(county)
    links.link(OFFICER, made.things[OWN]["act"], "case", "A-7")
    return made


def wsgi(environ: dict[str, Any], start_response: Any) -> Any:
    return application(environ | {"HTTP_HOST": "127.0.0.1"}, start_response)


@pytest.mark.timeout(400)  # the asking is bounded; filling the county is slow where much else runs
def test_every_operation_does_as_it_is_described(grown: Bureau) -> None:
    headers = {"Authorization": f"Bearer {Caller().token}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", wsgi)
    sent: list[tuple[str, int]] = []
    began = time.monotonic()
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in GenerationMode:
            has_time = time.monotonic() - began < SECONDS

            @seed(7)
            @settings(
                max_examples=EXAMPLES if has_time else 1,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(mode))
            def ask(case: Any) -> None:
                answer = case.call_and_validate(headers=headers, excluded_checks=JUDGED_ELSEWHERE)
                sent.append((case.operation.label, answer.status_code))

            ask()
    assert len({label for label, _status in sent}) == len(SCOPES)
    assert {200, 404, 422} <= {status for _label, status in sent} <= STATUSES
