"""The fixtures stand on real services."""

import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from django.utils import translation

from support import day
from support.postgres import PostgresServer
from zhilu import i18n


@pytest.mark.db
def test_postgresql_is_real_and_each_database_is_empty(postgresql: PostgresServer) -> None:
    first, second = postgresql.new_database(), postgresql.new_database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE t (x text)")
        assert connection.execute("SHOW lc_ctype").fetchone() == ("C.UTF-8",)
    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT to_regclass('t')").fetchone() == (None,)


@pytest.mark.browser
def test_chromium_runs_scripts(chromium) -> None:
    page = chromium.new_page()
    assert page.evaluate("crypto.subtle === undefined || typeof crypto.subtle") in (True, "object")
    assert page.evaluate("6 * 7") == 42


def test_clips_are_camera_video(clips: Path) -> None:
    import av

    with av.open(str(clips / "bikes.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert sum(packet.is_keyframe for packet in container.demux(stream)) > 2


@pytest.mark.parametrize("place", [1, 2])
def test_what_one_test_leaves_set_the_next_does_not_find(place: int) -> None:
    """Which tests run before another in its process is chance."""
    left = (i18n.language(), i18n.wanted_language(os.environ), translation.get_language(), os.umask(0o077))
    assert left == ("zh", "zh", "zh-hans", 0o022)
    assert signal.SIG_IGN not in (signal.getsignal(signal.SIGHUP), signal.getsignal(signal.SIGINT))
    os.environ["ZHILU_LANG"] = "en"
    i18n.use_language("en")
    translation.activate("en")
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


@pytest.mark.parametrize(("second", "waits"), [(29, []), (31, [29.0]), (59, [1.0])])
def test_no_test_begins_in_the_last_seconds_of_a_day(
    second: int, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    said = datetime(2026, 12, 31, 15, 59, second, tzinfo=UTC).timestamp
    # Its own clock only: threads that other tests left sleep too.
    clock = SimpleNamespace(time=said, sleep=waited.append, monotonic=time.monotonic)
    monkeypatch.setattr(day, "time", clock)
    day.begin()
    assert waited == waits and 0 < day.young_until() - time.monotonic() <= 60 - second
