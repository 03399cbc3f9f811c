"""A transaction that does not wait for the disk (ledger/lock.py): only what is inside it, whole or not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from zhilu.server.equipment.models import SeenNonce
from zhilu.server.ledger import lock

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def patient(transactional_db: None) -> Iterator[None]:
    """The tests' own PostgreSQL waits for no disk at all."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO on")
        yield
        cursor.execute("RESET synchronous_commit")


def waits_for_the_disk() -> bool:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW synchronous_commit")
            return bool(cursor.fetchone()[0] != "off")
        cursor.execute("PRAGMA synchronous")
        return bool(cursor.fetchone()[0] == 2)


def test_only_what_is_inside_does_not_wait() -> None:
    assert waits_for_the_disk()
    with lock.relaxed():
        assert not waits_for_the_disk()
    assert waits_for_the_disk()


def test_it_is_whole_or_it_is_nothing() -> None:
    with pytest.raises(RuntimeError), lock.relaxed():
        SeenNonce.objects.create(kid="k", nonce="n", at_s=1)
        raise RuntimeError
    assert not SeenNonce.objects.exists()
    assert waits_for_the_disk()


def test_inside_another_it_is_part_of_that() -> None:
    with transaction.atomic():
        with lock.relaxed():
            SeenNonce.objects.create(kid="k", nonce="n", at_s=1)
            assert waits_for_the_disk()
        transaction.set_rollback(True)
    assert not SeenNonce.objects.exists()
