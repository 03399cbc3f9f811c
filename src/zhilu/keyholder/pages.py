"""The viewing room's static files, read into memory at the start: after dropping privileges nothing is
opened.

Only what a page needs is served: names of the kinds below, out of the browser folder, no Python, nothing
hidden. All pages have one head, which names the page's own module.
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
HEAD, NAME = "pages/page.html", b"PAGE"
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
    missing = [
        name
        for name in ("page.html", *(f"{one}.js" for one in PAGES.values()))
        if f"pages/{name}" not in found
    ]
    if missing:
        raise WorldError(
            "no-pages", "The viewing room's page {page} is missing: run `make setup`.", page=missing[0]
        )
    head = found.pop(HEAD).body
    for name in PAGES.values():
        found[f"pages/{name}.html"] = _page(head.replace(NAME, name.encode()), TYPES[".html"])
    return found


def _collect(folder: Traversable, prefix: str, found: dict[str, Page]) -> None:
    for item in folder.iterdir():
        name = prefix + item.name
        if item.name.startswith((".", "__")) or len(found) >= MAX_FILES:
            continue
        if item.is_dir():
            _collect(item, name + "/", found)
        elif (kind := TYPES.get(PurePosixPath(item.name).suffix)) and not item.name.endswith(".d.ts"):
            found[name] = _page(item.read_bytes(), kind)


def _page(body: bytes, kind: str) -> Page:
    return Page(body, kind, f'"{sha256(body).hex()[:32]}"')
