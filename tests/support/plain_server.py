"""`python -m support.plain_server FILM server run …`: the county's server as `zhilu` starts it, which gives a
plain film besides: what a sealed recording is measured against comes from the same process and its threads.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from zhilu import cli
from zhilu.server.commands.run import Server

PAGE = b"""<!doctype html><button>open</button><script>
document.querySelector("button").onclick = () => {
  const video = document.createElement("video");
  video.muted = true; video.autoplay = true; video.src = "/plain.mp4";
  document.body.append(video);
};
</script>"""
CHUNK = 65_536
Start = Callable[[str, list[tuple[str, str]]], Any]


def with_plain(application: Any, film: Path) -> Any:
    def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/plain":
            start("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(PAGE)))])
            return [PAGE]
        if path == "/plain.mp4":
            return _film(film, environ.get("HTTP_RANGE", ""), start)
        return application(environ, start)

    return answer


def _film(film: Path, asked: str, start: Start) -> Iterator[bytes]:
    size = film.stat().st_size
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", asked)
    first = int(match[1]) if match else 0
    last = int(match[2]) if match and match[2] else size - 1
    headers = [("Content-Type", "video/mp4"), ("Accept-Ranges", "bytes")]
    headers += [("Content-Length", str(last - first + 1))]
    if match:
        headers += [("Content-Range", f"bytes {first}-{last}/{size}")]
    start("206 Partial Content" if match else "200 OK", headers)
    return _pieces(film, first, last - first + 1)


def _pieces(film: Path, first: int, length: int) -> Iterator[bytes]:
    with film.open("rb") as file:
        file.seek(first)
        while length > 0 and (piece := file.read(min(CHUNK, length))):
            length -= len(piece)
            yield piece


if __name__ == "__main__":
    loaded = Server.load
    shown = Path(sys.argv.pop(1))
    Server.load = lambda server: with_plain(loaded(server), shown)  # type: ignore[method-assign]
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(cli.main(sys.argv[1:]))
