"""What the server's log says of an exception."""

from __future__ import annotations

import logging
import sys

import psycopg.errors
import pytest
from django.db import IntegrityError, OperationalError, connection

from zhilu.errors import DataError
from zhilu.server import logs

ROW = "张三，某某商贸有限公司"


def logged(error: Exception, because: Exception | None = None) -> str:
    try:
        if because is None:
            raise error
        try:
            raise because
        except Exception as cause:
            raise error from cause
    except Exception:
        record = logging.LogRecord("zhilu", logging.ERROR, __file__, 1, "it failed", None, sys.exc_info())
    return logs.Line("%(message)s").format(record)


def test_a_row_that_the_database_refused_is_not_in_the_log() -> None:
    said = f'null value in column "by"\nDETAIL:  Failing row contains ({ROW}).'
    text = logged(IntegrityError(said), psycopg.errors.NotNullViolation(said))
    assert ROW not in text and "Failing" not in text
    assert "23502" in text and "django.db.utils.IntegrityError" in text and __file__ in text


def test_that_the_database_does_not_answer_is_in_the_log() -> None:
    said = "connection to server at 127.0.0.1 failed: Connection refused"
    text = logged(OperationalError(said), psycopg.OperationalError(said))
    assert text.count("Connection refused") == 2


def test_what_others_say_is_in_the_log_with_its_cause() -> None:
    text = logged(DataError("bad", "It is {how}.", how="torn"), ValueError("because"))
    assert text.index("ValueError: because") < text.index("zhilu.errors.DataError: bad how=torn It is torn.")


@pytest.mark.db
def test_a_row_that_this_database_refuses_is_not_in_the_log(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE refused (id text NOT NULL, said text)")
        with pytest.raises(IntegrityError) as caught:
            cursor.execute("INSERT INTO refused VALUES (NULL, %s)", [ROW])
    assert ROW not in logged(caught.value) and "IntegrityError" in logged(caught.value)
