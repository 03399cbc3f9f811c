"""The viewing room's static files, read into memory at the start: after dropping privileges nothing is
opened.

Only what a page needs is served: names of the kinds below, out of the browser folder, no Python, nothing
hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from zhilu.encoding import sha256
from zhilu.errors import WorldError

TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
MAX_FILES = 2000
PAGES = {
    "/": "home",
    "/request": "request",
    "/register": "register",
    "/witness": "witness",
    "/keys": "keys",
    "/viewings/{viewing}": "viewing",
    "/viewings/{viewing}/decide": "decide",
    "/viewings/{viewing}/report": "report",
}


@dataclass(frozen=True)
class Page:
    body: bytes
    content_type: str
    etag: str


def load_pages(folder: Traversable | None = None) -> dict[str, Page]:
    """Path below the browser folder → file."""
    found: dict[str, Page] = {}
    _collect(folder or files("zhilu").joinpath("browser"), "", found)
    missing = [name for name in PAGES.values() if f"pages/{name}.html" not in found]
    if missing:
        raise WorldError(
            "no-pages", "The viewing room's page {page} is missing: run `make setup`.", page=missing[0]
        )
    return found


def _collect(folder: Traversable, prefix: str, found: dict[str, Page]) -> None:
    for item in folder.iterdir():
        name = prefix + item.name
        if item.name.startswith((".", "__")) or len(found) >= MAX_FILES:
            continue
        if item.is_dir():
            _collect(item, name + "/", found)
        elif (kind := TYPES.get(PurePosixPath(item.name).suffix)) and not item.name.endswith(".d.ts"):
            body = item.read_bytes()
            found[name] = Page(body, kind, f'"{sha256(body).hex()[:32]}"')
