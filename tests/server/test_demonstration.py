"""Whatever a demonstration's county shows, prints or hands out says what it is; a bureau's says nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from zhilu.server.pages.middleware import DEMONSTRATION_HEADER
from zhilu.server.pages.services import exports

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("domain", "is_one"), [("demo.localhost", True), ("tax.example", False)])
def test_a_page_says_so_on_the_screen_and_on_paper(settings: Any, domain: str, is_one: bool) -> None:
    settings.ZHILU = replace(settings.ZHILU, domain=domain)
    settings.ALLOWED_HOSTS = ["*"]
    answer = Client().get("/login")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert ("z-demo" in page) is is_one
    assert ("zhilu/print-demo.css" in page) is is_one
    assert (DEMONSTRATION_HEADER in answer.headers) is is_one
    assert bool(exports.mark()) is is_one
