"""One HTML file that verifies from disk: no server, no network, nothing to install.

A browser loads no ES modules from `file://`. So each module of the browser package's verifier goes into an
import map under its own name, as a `data:` URL; nothing is bundled, and nothing rewritten but the names in
`import … from "./x.js"`. The page's policy (CSP in a meta element) lets in these modules, the inline parts by
their SHA-256, and no connection at all. The bytes follow from the files alone: who has the same version makes
the same page, and compares its SHA-256 with one published outside the bureau.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import posixpath
import re
from importlib.resources import files
from pathlib import Path

from zhilu import durable
from zhilu.errors import CallerError, WorldError

START = "verifier/page.js"
STYLES = ("style.css", "verifier/verifier.css")
_IMPORT = re.compile(
    r'^((?:import|export)\b[^;"]*?\bfrom\s+|import\s+)"(\.{1,2}/[^"]+)"', re.MULTILINE | re.DOTALL
)


def _read(name: str) -> str:
    return files("zhilu.browser").joinpath(name).read_text("utf-8")


def _modules(start: str) -> dict[str, str]:
    """Name -> text of every module that `start` needs; relative imports name modules by their whole names."""
    found: dict[str, str] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        folder = posixpath.dirname(name)

        def bare(match: re.Match[str], folder: str = folder) -> str:
            target = posixpath.normpath(posixpath.join(folder, match[2]))
            waiting.append(target)
            return f'{match[1]}"{target}"'

        found[name] = _IMPORT.sub(bare, _read(name))
    return dict(sorted(found.items()))


def _data(media_type: str, text: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(text.encode()).decode()}"


def _allowed(text: str) -> str:
    """This very text, as a source of a policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def make_page() -> str:
    modules = _modules(START)
    imports = {name: _data("text/javascript", text) for name, text in modules.items()}
    import_map = json.dumps({"imports": imports}, indent=0)
    start = f'import "{START}";'
    style = "\n".join(_read(name) for name in STYLES)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_allowed(import_map)} {_allowed(start)} data:",
            f"style-src {_allowed(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    head, _, body = _read("verifier/page.html").partition("</head>\n")
    kept = [line for line in head.splitlines() if not line.startswith(("<link", "<script"))]
    at = kept.index('<meta charset="utf-8">') + 1
    kept.insert(at, f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">')
    icon = _data("image/svg+xml", _read("icon.svg"))
    return "\n".join(
        (
            *kept,
            f'<link rel="icon" href="{icon}" type="image/svg+xml">',
            f"<style>{style}</style>",
            f'<script type="importmap">{import_map}</script>',
            f'<script type="module">{start}</script>',
            "</head>",
            body,
        )
    )


def write_page(path: Path) -> str:
    """A new file; returns its SHA-256 in hex. Raises CallerError `exists`, WorldError `unwritable`."""
    data = make_page().encode()
    try:
        durable.create(path, data, 0o644)
    except FileExistsError:
        raise CallerError("exists", "{path} exists already.", path=path) from None
    except OSError as error:
        raise WorldError(
            "unwritable", "{path} cannot be written: {detail}", path=path, detail=error.strerror or error
        ) from None
    return hashlib.sha256(data).hexdigest()
