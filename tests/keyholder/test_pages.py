"""The static files: every module that a page's modules import is served, and nothing else is."""

import re
from pathlib import PurePosixPath

from support.keyholder_world import World
from zhilu.keyholder.pages import PAGES, load_pages

IMPORT = re.compile(rb"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""")


def test_all_imports_lead_to_files_that_are_served() -> None:
    pages = load_pages()
    found = 0
    for name, page in pages.items():
        if name.endswith((".js", ".mjs")) and "run-node" not in name:
            for target in IMPORT.findall(page.body):
                path = PurePosixPath("/", name).parent.joinpath(target.decode())
                parts: list[str] = []
                for part in path.parts[1:]:
                    parts = parts[:-1] if part == ".." else [*parts, part]
                assert "/".join(parts) in pages, f"{name} imports {target.decode()}"
                found += 1
    assert found > 50


def test_no_python_and_nothing_hidden_is_among_them() -> None:
    assert not [name for name in load_pages() if name.endswith(".py") or "/." in name or "__" in name]


async def test_every_page_comes_with_its_policy(world: World) -> None:
    for path in PAGES:
        async with world.client.get(path.replace("{viewing}", "x")) as answer:
            assert answer.status == 200
            assert answer.content_type == "text/html"
            assert answer.headers["Content-Security-Policy"] == (
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                "media-src blob:; connect-src 'self' http://julu.localhost:8600; "
                "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            )
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-cache"


async def test_paths_outside_the_folder_are_not_found(world: World) -> None:
    for path in ("/browser/../keyholder/run.py", "/browser/runner.py", "/browser/", "/browser//etc/passwd"):
        async with world.client.get(path) as answer:
            assert answer.status == 404
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_who_opens_an_address_of_nothing_sees_a_page_and_a_program_an_error(world: World) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for path in ("/viewing", "/viewings/", "/api/nothing", "/browser/none.js"):
        async with world.client.get(path, headers=browser) as answer:
            assert (answer.status, answer.content_type) == (404, "text/html")
            assert b"/browser/pages/nothing.js" in await answer.read()
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        async with world.client.get(path) as answer:
            assert (answer.status, (await answer.json())["error"]) == (404, "not-found")
    async with world.client.get("/api/viewings", headers=browser) as answer:
        assert (answer.status, (await answer.json())["error"]) == (401, "session")


async def test_a_file_that_is_the_same_is_not_sent_again(world: World) -> None:
    async with world.client.get("/browser/session.js") as answer:
        etag = answer.headers["ETag"]
    async with world.client.get("/browser/session.js", headers={"If-None-Match": etag}) as answer:
        assert answer.status == 304
        assert await answer.read() == b""


def test_a_page_names_all_modules_that_it_needs_at_its_start() -> None:
    pages = load_pages()
    found = re.findall(
        r'rel="modulepreload" href="/browser/([^"]+)"', pages["pages/viewing.html"].body.decode()
    )
    assert len(found) == len(set(found)) and set(found) <= set(pages)
    assert {"opening.js", "session.js", "player.js", "lib/verify.js", "lib/envelopes.js"} <= set(found)
    assert any(name.startswith("vendor/hpke-core/") for name in found)
    # What only a copy needs comes when a copy is made.
    assert not [name for name in found if name.startswith(("copy-card", "vendor/mediabunny"))]
