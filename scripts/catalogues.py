"""Message catalogues: `compile` (by make setup), `extract` (adds what is missing), `check` (fails).

Sources and their catalogues, English msgids, Simplified Chinese:
- programs:  **/*.py              _("…"), N_("…"), hints of errors   -> locale/zh_Hans/<package>.po ->
  zhilu.mo
- server:    server/**            gettext calls, templates, hints    -> server/locale/**/django.po
- pages:     *.js, *.mjs, *.html  t("…"), data-t="…"                 -> the nearest zh.json above them
`check` refuses a msgid that is missing, untranslated, fuzzy, no longer used, translated in two ways, or whose
placeholders differ.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src/zhilu"
SERVER = PACKAGE / "server"
PROGRAMS_PO = PACKAGE / "locale/zh_Hans"
PROGRAMS_MO = PROGRAMS_PO / "LC_MESSAGES/zhilu.mo"
SERVER_PO = SERVER / "locale/zh_Hans/LC_MESSAGES/django.po"

GETTEXT = {
    "_",
    "N_",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
}
PLACEHOLDER = re.compile(r"\{[a-z_][a-z_0-9]*\}|%\([a-z_]+\)[a-z]|%[sdr]")
JS_CALL = re.compile(r"""\bt\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`$]*)`)""")
HTML_ATTRIBUTE = re.compile(r'\bdata-t(?:-[a-z]+)?="([^"]+)"')


def literal(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def python_msgids(source: str) -> set[str]:
    """Msgids of gettext calls, and hints: 2nd argument (or hint=) of anything …Error, or `hint = "…"`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and any(
            getattr(target, "id", "") == "hint" for target in node.targets
        ):
            found.add(literal(node.value) or "")
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in GETTEXT and node.args:
            found.add(literal(node.args[1 if name.startswith("pgettext") else 0]) or "")
        elif name.endswith("Error") or is_super_init(node):
            hints = [keyword.value for keyword in node.keywords if keyword.arg == "hint"] + node.args[1:2]
            found.update(literal(hint) or "" for hint in hints)
    return found - {""}


def is_super_init(node: ast.Call) -> bool:
    """`super().__init__("code", "hint")`: an error class with one fixed hint."""
    function = node.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "__init__"
        and isinstance(function.value, ast.Call)
        and getattr(function.value.func, "id", "") == "super"
        and bool(node.args)
        and literal(node.args[0]) is not None
    )


def template_msgids(text: str) -> set[str]:
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
    from django.utils.translation.template import templatize

    # templatize yields `gettext(u'…')` calls padded with X; read each call's literal.
    calls = re.findall(
        r"""\b(?:n|p|np)?gettext\(\s*u?((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))""", templatize(text)
    )
    simple = re.findall(r"""\s_\(((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))\)""", templatize(text))
    return {ast.literal_eval(call) for call in [*calls, *simple]}


def js_msgids(text: str) -> set[str]:
    found = set(HTML_ATTRIBUTE.findall(text))
    for double, single, back in JS_CALL.findall(text):
        found.add(double.replace('\\"', '"') or single.replace("\\'", "'") or back)
    return found - {""}


def sources(folder: Path, *suffixes: str) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in suffixes and not {"vendor", "migrations", "__pycache__"} & set(path.parts):
            yield path


def programs() -> dict[Path, set[str]]:
    """Catalogue file -> msgids, for everything in Python that is not the server."""
    wanted: dict[Path, set[str]] = {}
    for path in sources(PACKAGE, ".py"):
        parts = path.relative_to(PACKAGE).parts
        if parts[0] != "server" or parts[1:] == ("cli.py",):
            name = parts[0] if len(parts) > 1 else "house"
            wanted.setdefault(PROGRAMS_PO / f"{name}.po", set()).update(python_msgids(path.read_text()))
    return {catalogue: msgids for catalogue, msgids in wanted.items() if msgids}


def server() -> dict[Path, set[str]]:
    msgids: set[str] = set()
    for path in sources(SERVER, ".py", ".html", ".txt"):
        if path.relative_to(SERVER).parts != ("cli.py",):
            text = path.read_text()
            msgids |= python_msgids(text) if path.suffix == ".py" else template_msgids(text)
    return {SERVER_PO: msgids} if msgids else {}


def pages() -> dict[Path, set[str]]:
    wanted: dict[Path, set[str]] = {}
    for path in sources(PACKAGE, ".js", ".mjs", ".html"):
        msgids = js_msgids(path.read_text())
        if not msgids or "templates" in path.parts:
            continue
        above = [folder / "zh.json" for folder in path.parents if folder.is_relative_to(PACKAGE)]
        catalogue = next(
            (file for file in above if file.exists()),
            PACKAGE / path.relative_to(PACKAGE).parts[0] / "zh.json",
        )
        wanted.setdefault(catalogue, set()).update(msgids)
    return wanted


def read(catalogue: Path) -> tuple[dict[str, str], set[str]]:
    """Translations, and the msgids that are marked fuzzy."""
    if not catalogue.exists():
        return {}, set()
    if catalogue.suffix == ".json":
        return json.loads(catalogue.read_text()), set()
    entries = [entry for entry in polib.pofile(str(catalogue)) if not entry.obsolete]
    plural = {entry.msgid: entry.msgstr or entry.msgstr_plural.get(0, "") for entry in entries}
    return plural, {entry.msgid for entry in entries if entry.fuzzy}


def problems() -> Iterator[str]:
    seen: dict[str, str] = {}
    for catalogue, msgids in {**programs(), **server(), **pages()}.items():
        have, fuzzy = read(catalogue)
        place = catalogue.relative_to(ROOT)
        for msgid in sorted(msgids | set(have)):
            said = have.get(msgid, "")
            if msgid not in msgids:
                yield f"{place}: no longer used: {msgid!r}"
            elif not said:
                yield f"{place}: {'untranslated' if msgid in have else 'missing'}: {msgid!r}"
            elif msgid in fuzzy:
                yield f"{place}: fuzzy: {msgid!r}"
            elif sorted(PLACEHOLDER.findall(msgid)) != sorted(PLACEHOLDER.findall(said)):
                yield f"{place}: placeholders differ: {msgid!r}"
            elif catalogue.parent == PROGRAMS_PO and seen.setdefault(msgid, said) != said:
                yield f"{place}: translated in two ways: {msgid!r}"


def extract(packages: list[str]) -> None:
    """Add missing msgids untranslated and drop unused ones; of the named packages only, if any."""
    for catalogue, msgids in {**programs(), **server(), **pages()}.items():
        if packages and not {catalogue.stem, *catalogue.relative_to(PACKAGE).parts} & set(packages):
            continue
        catalogue.parent.mkdir(parents=True, exist_ok=True)
        if catalogue.suffix == ".json":
            have, _fuzzy = read(catalogue)
            kept = {msgid: have.get(msgid, "") for msgid in sorted(msgids)}
            catalogue.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n")
            continue
        old = polib.pofile(str(catalogue)) if catalogue.exists() else polib.POFile()
        new = polib.POFile(wrapwidth=110)
        new.metadata = {
            "Language": "zh_Hans",
            "Content-Type": "text/plain; charset=utf-8",
            "Plural-Forms": "nplurals=1; plural=0;",
        }
        for msgid in sorted(msgids):
            new.append(old.find(msgid) or polib.POEntry(msgid=msgid))
        new.save(str(catalogue))


def compile_all() -> None:
    merged = polib.POFile()
    merged.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    done: set[str] = set()
    # The server's commands print like every program, so its sentences are wanted here too.
    for catalogue in (*sorted(PROGRAMS_PO.glob("*.po")), *SERVER.rglob("django.po")):
        fresh = [
            entry for entry in polib.pofile(str(catalogue)).translated_entries() if entry.msgid not in done
        ]
        merged.extend(fresh)
        done |= {entry.msgid for entry in fresh}
    PROGRAMS_MO.parent.mkdir(parents=True, exist_ok=True)
    merged.save_as_mofile(str(PROGRAMS_MO))
    for catalogue in SERVER.rglob("*.po"):
        polib.pofile(str(catalogue)).save_as_mofile(str(catalogue.with_suffix(".mo")))


if __name__ == "__main__":
    if sys.argv[1:] == ["compile"]:
        compile_all()
    elif sys.argv[1:2] == ["extract"]:
        extract(sys.argv[2:])
    elif sys.argv[1:] == ["check"]:
        found = list(problems())
        print("\n".join(found) or "message catalogues: complete")
        sys.exit(bool(found))
    else:
        sys.exit("usage: catalogues.py compile | extract [PACKAGE …] | check")
