"""The catalogue check sees every way in which a message can be wrong."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'


@pytest.fixture
def catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, over an empty package."""
    spec = importlib.util.spec_from_file_location("catalogues", ROOT / "scripts/catalogues.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    package = tmp_path / "src/zhilu"
    (package / "locale/zh_Hans").mkdir(parents=True)
    (package / "station").mkdir()
    (package / "server/locale/zh_Hans/LC_MESSAGES").mkdir(parents=True)
    names = {
        "ROOT": tmp_path,
        "PACKAGE": package,
        "SERVER": package / "server",
        "PROGRAMS_PO": package / "locale/zh_Hans",
        "PROGRAMS_MO": package / "locale/zh_Hans/LC_MESSAGES/zhilu.mo",
        "SERVER_PO": package / "server/locale/zh_Hans/LC_MESSAGES/django.po",
    }
    for name, value in names.items():
        monkeypatch.setattr(module, name, value)
    return module


def station(catalogues: ModuleType, source: str, entries: str) -> list[str]:
    (catalogues.PACKAGE / "station/x.py").write_text(source)
    (catalogues.PROGRAMS_PO / "station.po").write_text(HEADER + entries)
    return [problem.split(": ", 1)[1] for problem in catalogues.problems()]


@pytest.mark.parametrize(
    ("source", "entries", "problems"),
    [
        ('_("bay")', 'msgid "bay"\nmsgstr "接口"\n', []),
        ('_("bay")', "", ["missing: 'bay'"]),
        ('_("bay")', 'msgid "bay"\nmsgstr ""\n', ["untranslated: 'bay'"]),
        ('_("bay")', '#, fuzzy\nmsgid "bay"\nmsgstr "口"\n', ["fuzzy: 'bay'"]),
        ("", 'msgid "bay"\nmsgstr "接口"\n', []),  # a package without messages has no catalogue to check
        ('_("x")', 'msgid "x"\nmsgstr "某"\n\nmsgid "bay"\nmsgstr "接口"\n', ["no longer used: 'bay'"]),
        ('_("bay {n}")', 'msgid "bay {n}"\nmsgstr "接口"\n', ["placeholders differ: 'bay {n}'"]),
        ('raise DataError("code", "Foreign recorder.")', "", ["missing: 'Foreign recorder.'"]),
        ('hint = "Foreign recorder."\nraise DataError("code", hint)', "", ["missing: 'Foreign recorder.'"]),
        ('raise DataError("code", hint="Foreign recorder.")', "", ["missing: 'Foreign recorder.'"]),
        ('N_("bay")', "", ["missing: 'bay'"]),
        ('super().__init__("base64", "Not base64url.")', "", ["missing: 'Not base64url.'"]),
    ],
)
def test_programs(catalogues: ModuleType, source: str, entries: str, problems: list[str]) -> None:
    assert station(catalogues, source, entries) == problems


def test_one_message_has_one_translation(catalogues: ModuleType) -> None:
    (catalogues.PACKAGE / "cli.py").write_text('_("bay")')
    (catalogues.PROGRAMS_PO / "house.po").write_text(HEADER + 'msgid "bay"\nmsgstr "专用接口"\n')
    assert station(catalogues, '_("bay")', 'msgid "bay"\nmsgstr "接口"\n') == [
        "translated in two ways: 'bay'"
    ]


def test_pages(catalogues: ModuleType) -> None:
    folder = catalogues.PACKAGE / "station"
    (folder / "kiosk.js").write_text('show(t("Put the recorder in"), t(\'Bay\'), start("x"))')
    (folder / "kiosk.html").write_text('<h1 data-t="Station"></h1>')
    (folder / "zh.json").write_text(json.dumps({"Bay": "接口"}))
    assert [p.split(": ", 1)[1] for p in catalogues.problems()] == [
        "missing: 'Put the recorder in'",
        "missing: 'Station'",
    ]


def test_server_templates(catalogues: ModuleType) -> None:
    page = catalogues.SERVER / "templates/x.html"
    page.parent.mkdir()
    page.write_text(
        '{% load i18n %}{% translate "Recordings" %}'
        '{% blocktranslate %}by {{ who }}{% endblocktranslate %}{{ _("Acts") }}'
    )
    found = [problem.split(": ", 1)[1] for problem in catalogues.problems()]
    assert found == ["missing: 'Acts'", "missing: 'Recordings'", "missing: 'by %(who)s'"]


def test_extract_then_translate_then_compile(catalogues: ModuleType) -> None:
    station(catalogues, '_("bay")', 'msgid "old"\nmsgstr "旧"\n')
    catalogues.extract(["station"])
    assert [p.split(": ", 1)[1] for p in catalogues.problems()] == ["untranslated: 'bay'"]
    file = catalogues.PROGRAMS_PO / "station.po"
    file.write_text(file.read_text().replace('msgid "bay"\nmsgstr ""', 'msgid "bay"\nmsgstr "接口"'))
    assert list(catalogues.problems()) == []
    catalogues.compile_all()
    assert "接口".encode() in catalogues.PROGRAMS_MO.read_bytes()
