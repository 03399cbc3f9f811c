"""The fixtures stand on real services."""

from pathlib import Path

import psycopg
import pytest

from support.postgres import PostgresServer


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
