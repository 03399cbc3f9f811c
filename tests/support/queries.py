"""How many questions a page asks of the database."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from zhilu.server.pages.middleware import SEEN

WORDS = ("SELECT", "INSERT", "UPDATE", "DELETE")
"""Savepoints are the test's: it runs in a transaction."""


def queries(client: Client, path: str, **more: Any) -> int:
    """With the one that puts off the end of the session, which most requests do not ask."""
    session = client.session
    session.pop(SEEN, None)
    session.save()
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path, **more).status_code in (200, 302), path
    return sum(query["sql"].startswith(WORDS) for query in asked.captured_queries)
