"""Excel and CSV files from anybody's machine (`zhilu.server.tabular`)."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook, load_workbook

from support.workbooks import MAIN, RELS, TYPES, book, inline, raw
from zhilu.errors import DataError, fill
from zhilu.server import tabular
from zhilu.server.tabular import LIST, read, write, xlsx

HEADER = ["工号", "姓名"]
CSV = "工号,姓名\n0012,张建国\n"


def said(data: bytes, name: str = "a.xlsx") -> str:
    with pytest.raises(DataError) as caught:
        read(data, name)
    assert "{" not in fill(caught.value.hint, caught.value.fields)
    return caught.value.code


def texts(data: bytes, name: str = "a.csv") -> list[tuple[object, ...]]:
    return [row.cells for row in read(data, name)]


def bad(data: bytes, name: str = "a.xlsx") -> list[tuple[str, object]]:
    found = [cell for row in read(data, name) for cell in row.cells if isinstance(cell, DataError)]
    return [(one.code, one.fields["cell"]) for one in found]


# CSV


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_the_encodings_and_delimiters_that_programs_here_write(encoding: str, delimiter: str) -> None:
    data = CSV.replace(",", delimiter).encode(encoding)
    assert texts(data) == [("工号", "姓名"), ("0012", "张建国")]


def test_csv_rows_keep_their_numbers_and_quoted_text_its_commas_and_lines() -> None:
    rows = read(b'a,b\r\n\r\n ,\r\n"x, ""y""","1\r\n2"\r\n', "a.CSV")
    assert [(row.number, row.cells) for row in rows] == [(1, ("a", "b")), (4, ('x, "y"', "1\n2"))]


def test_a_rare_character_of_gb18030_arrives() -> None:
    assert texts("姓名\n㐂𠀀\n".encode("gb18030")) == [("姓名",), ("㐂𠀀",)]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (CSV.encode("gbk")[:-2], 2),  # half a character at the end
        ("姓名\n张".encode("gbk")[:-1] + b",1\n", 2),
        (b"\x81\n", 1),
    ],
)
def test_half_a_character_is_named_by_its_line(data: bytes, line: int) -> None:
    with pytest.raises(DataError) as caught:
        read(data, "a.csv")
    assert (caught.value.code, caught.value.fields) == ("csv-encoding", {"line": line})


@pytest.mark.parametrize("data", [CSV.encode("utf-16"), CSV.encode("utf-32"), b"\xef\xbb\xbf\xff\xfea"])
def test_other_encodings_are_refused_in_words(data: bytes) -> None:
    assert said(data, "a.csv") == "csv-encoding"


@pytest.mark.parametrize(
    "data", [b'a,b\n"1,2\n', b'a\n"1"2\n', b"a\n" + b"x" * 200_000], ids=["open", "after", "long"]
)
def test_a_csv_that_does_not_add_up_is_named_by_its_row(data: bytes) -> None:
    with pytest.raises(DataError) as caught:
        read(data, "a.csv")
    assert (caught.value.code, caught.value.fields) == ("csv", {"row": 2})


def test_a_csv_bomb_is_refused_soon() -> None:
    began = time.process_time()
    assert said(b"," * (LIST.size - 2) + b"a", "a.csv") == "sheet-columns"
    assert read(b"a\n" + b"\n" * (LIST.size - 2), "a.csv") == read(b"a\n", "a.csv")
    assert said(b"a\n" * (LIST.rows + 2), "a.csv") == "sheet-rows"
    assert said(b'"' * (LIST.size - 1), "a.csv") == "csv"
    assert time.process_time() - began < 12


@pytest.mark.parametrize("text", ["=1+1", '"=HYPERLINK(""http://x"")"', ' =cmd|"/c calc"!A1', '="0012"'])
def test_a_formula_in_a_csv_is_refused_by_cell(text: str) -> None:
    assert bad(f"a;b\n1;{text}\n".encode(), "a.csv") == [("cell-formula", "B2")]


@pytest.mark.parametrize("sign", ["\u200b", "\u202e", "\x00", "\x07", "\ue000", "\ufeff"])
def test_what_nobody_sees_is_refused_by_cell(sign: str) -> None:
    assert bad(f"a,b\n1,00{sign}12\n".encode(), "a.csv") == [("cell-hidden", "B2")]


def test_ten_megabytes_in_one_cell_are_refused() -> None:
    long = "长" * 3_000_000
    assert said(f"a\n{long}\n".encode(), "a.csv") == "csv"
    assert bad(raw(f"<row>{inline('a')}</row><row>{inline(long)}</row>")) == [("cell-length", "A2")]
    assert bad(("a\n" + "长" * 501 + "\n").encode(), "a.csv") == [("cell-length", "A2")]
    assert texts(("a\n" + "长" * 500 + "\n").encode())[1] == ("长" * 500,)


# Excel


def test_a_workbook_keeps_dates_as_dates_and_ids_as_text() -> None:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["工号", "日期", "数", "真", "长号", "补零"])
    sheet.append(["0012", datetime(2026, 1, 4), 7, True, "130529198001010011", 12])
    sheet["F2"].number_format = "000000"
    sheet.append([12.0, date(2026, 2, 3), 1.5, False, " 两  字 ", None])
    out = io.BytesIO()
    made.save(out)
    assert texts(out.getvalue(), "名单.XLSX")[1:] == [
        ("0012", date(2026, 1, 4), "7", "TRUE", "130529198001010011", "000012"),
        ("12", date(2026, 2, 3), "1.5", "FALSE", "两  字"),
    ]


def test_a_number_that_lost_its_digits_is_refused() -> None:
    assert bad(book([["a"], [130529198001010011]])) == [("cell-number", "A2")]


def test_formulas_and_errors_are_refused_by_cell() -> None:
    assert bad(book([["a", "b"], ["x", "=1+1"]])) == [("cell-formula", "B2")]
    shared = '<c r="A2"><f t="shared" si="0"/><v>1</v></c><c r="B2" t="e"><v>#REF!</v></c>'
    array = '<c r="C2"><f t="array" ref="C2">SUM(1)</f><v>1</v></c>'
    rows = f"<row r='1'>{inline('a', 'b', 'c')}</row><row r='2'>{shared}{array}</row>"
    assert bad(raw(rows)) == [("cell-formula", "A2"), ("cell-error", "B2"), ("cell-formula", "C2")]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"not a zip", "a.xlsx", "xlsx-damaged"),
        (b"", "a.xlsx", "xlsx-damaged"),
        (b"PK\x03\x04" + b"\0" * 100, "a.xlsx", "xlsx-damaged"),
        (book([["a"], ["b"]])[:-200], "a.xlsx", "xlsx-damaged"),
        (raw("<row><c t='s'><v>9</v></c></row>"), "a.xlsx", "xlsx-damaged"),
        (raw("<row></rwo>"), "a.xlsx", "xlsx-damaged"),
        (raw(f"<row r='x'>{inline('a')}</row>"), "a.xlsx", "xlsx-damaged"),
        (book([["a"]]), "a.xlsm", "xlsx-macro"),
        (raw("", more={"xl/vbaProject.bin": b"x"}), "a.xlsx", "xlsx-macro"),
        (raw("", more={"[Content_Types].xml": TYPES.replace("sheet.main", "macroEnabled.main").encode()}),
         "a.xlsx", "xlsx-macro"),
        (raw("", more={"xl/macrosheets/sheet1.xml": b"<a/>"}), "a.xlsx", "xlsx-macro"),
        (raw("", more={"xl/externalLinks/externalLink1.xml": b"<a/>"}), "a.xlsx", "xlsx-link"),
        (raw("", more={"xl/connections.xml": b"<a/>"}), "a.xlsx", "xlsx-link"),
        (raw("", more={"xl/embeddings/oleObject1.docx": b"x"}), "a.xlsx", "xlsx-link"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "a.xlsx", "sheet-kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "a.xls", "sheet-kind"),
        (b"%PDF", "a.pdf", "sheet-kind"),
        (b"a,b", "csv.exe", "sheet-kind"),
        (b"x" * (LIST.size + 1), "a.csv", "sheet-size"),
    ],
)  # fmt: skip
def test_what_is_no_plain_workbook_is_refused_in_words(data: bytes, name: str, code: str) -> None:
    assert said(data, name) == code


def test_a_workbook_called_csv_is_read_as_what_it_is() -> None:
    assert texts(book([HEADER, ["1", "a"]]), "a.csv") == [("工号", "姓名"), ("1", "a")]


@pytest.mark.parametrize(
    "entity",
    [
        '<!DOCTYPE w [<!ENTITY a "x">]>',
        '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE w [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    ],
)
def test_entities_are_refused_before_they_are_expanded(entity: str) -> None:
    assert said(raw(f"<row>{inline('&a;')}</row>", head=entity)) == "xlsx-entities"
    strings = f"{entity}<sst><si><t>&a;</t></si></sst>".encode()
    types = TYPES.replace(
        "</Types>",
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
    ).encode()
    assert (
        said(raw("", more={"xl/sharedStrings.xml": strings, "[Content_Types].xml": types})) == "xlsx-entities"
    )


def test_a_zip_bomb_is_refused_before_it_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "_tags", lambda *parts: pytest.fail("expanded"))
    blanks = b" " * (LIST.sheet + 1)
    assert said(raw("", more={"xl/worksheets/sheet2.xml": blanks})) == "xlsx-bomb"
    assert said(raw("", more={"xl/theme/theme1.xml": blanks[: xlsx.LONGEST_PART + 1]})) == "xlsx-bomb"


def test_a_bomb_that_understates_itself_is_no_bomb() -> None:
    data = raw("<row>" + inline("a") + "</row>" + " " * 5_000_000)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = data.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lying != data
    assert said(lying) == "xlsx-damaged"


def test_a_million_tags_build_no_tree() -> None:
    began = time.process_time()
    assert said(raw("<row>" + "<c/>" * 3_100_000 + "</row>")) == "xlsx-bomb"
    assert time.process_time() - began < 5


def test_what_is_called_a_picture_is_counted_too() -> None:
    """A sheet may be called anything."""
    rels = RELS.format(kind="worksheet", target="media/image1.png").encode()
    sheet = f"<worksheet {MAIN}><sheetData><row>{inline('a')}</row></sheetData></worksheet>"
    named: dict[str, bytes] = {"xl/_rels/workbook.xml.rels": rels}
    assert texts(raw("", more={**named, "xl/media/image1.png": sheet.encode()}), "a.xlsx") == [("a",)]
    bomb = sheet.replace("<row>", "<row>" + "<c/>" * (LIST.tags + 1)).encode()
    assert said(raw("", more={**named, "xl/media/image1.png": bomb})) == "xlsx-bomb"
    long = sheet.encode() + b" " * LIST.sheet
    assert said(raw("", more={**named, "XL/MEDIA/image1.png": long})) == "xlsx-bomb"
    photo = bytes(range(256)) * 40_000
    assert texts(raw(f"<row>{inline('a')}</row>", more={"xl/media/image1.jpeg": photo}), "a.xlsx") == [("a",)]


def test_what_a_sheet_says_of_its_size_is_not_believed() -> None:
    far = f"<row r='1'>{inline('a')}</row><row r='1048576'>{inline('z')}</row>"
    began = time.process_time()
    assert said(raw(far)) == "sheet-rows"
    assert said(raw("<row r='1'><c r='CA1' t='str'><v>x</v></c></row>")) == "sheet-columns"
    beyond = raw(f"<row r='1'>{inline('a')}</row><row r='99999999999'>{inline('z')}</row>")
    assert texts(beyond, "a.xlsx") == [("a",)]
    assert texts(raw(""), "a.xlsx") == []
    assert time.process_time() - began < 8


def test_the_first_sheet_that_is_shown_is_read() -> None:
    made = Workbook()
    assert made.active is not None
    made.active.append(["hidden"])
    made.active.sheet_state = "hidden"
    made.create_sheet("b").append(["seen"])
    out = io.BytesIO()
    made.save(out)
    assert texts(out.getvalue(), "a.xlsx") == [("seen",)]


def test_a_full_file_is_read_in_time() -> None:
    data = write("名单", HEADER, [[f"{n:06d}", "张建国"] for n in range(20_000)])
    began = time.process_time()
    assert len(read(data, "a.xlsx")) == 20_001
    assert time.process_time() - began < 15


# Writing

RISKY = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "#REF!", "＝1+1"]


@pytest.mark.parametrize("text", RISKY)
def test_no_text_becomes_a_formula(text: str) -> None:
    data = write("a", ["=header"], [[text]])
    sheet = load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    cell = sheet["A2"]
    assert cell.data_type == sheet["A1"].data_type == "s"
    assert cell.value.replace("\n", "\r") == text.replace("\n", "\r")  # XML knows one kind of line
    assert bool(cell.quotePrefix) == (not text.startswith("#"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_the_header_is_bold_and_stays_in_sight() -> None:
    data = write("名/单", HEADER, [["0012", "张"], [None, 3]], note="剪")
    sheet = load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    assert (sheet.freeze_panes, sheet["A1"].font.bold, sheet["A2"].font.bold) == ("A2", True, False)
    assert sheet.title == "名 单"
    assert texts(data, "a.xlsx") == [tuple(HEADER), ("0012", "张"), ("", "3"), ("剪",)]


def test_a_file_of_a_demonstration_says_so_and_is_read_back_as_it_was() -> None:
    rows = [["0012", "张"]]
    made, plain = write("名单", HEADER, rows, mark="演示数据"), write("名单", HEADER, rows)
    book = load_workbook(io.BytesIO(made))
    assert book.sheetnames == ["DEMO 名单"] and book.properties.title == "演示数据"
    assert book["DEMO 名单"].oddHeader.center.text == "演示数据"
    assert texts(made, "a.xlsx") == texts(plain, "a.xlsx") == [tuple(HEADER), ("0012", "张")]
    assert load_workbook(io.BytesIO(plain)).sheetnames == ["名单"]


def test_what_xml_cannot_hold_does_not_break_a_file() -> None:
    data = write("a", ["a"], [["x\x00\x1fy<script>"], ["长" * 40_000]])
    sheet = load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    assert sheet["A2"].value == "x\ufffd\ufffdy<script>"
    assert len(str(sheet["A3"].value)) == 32_767


def test_places_are_named_as_a_spreadsheet_names_them() -> None:
    assert [tabular.place(7, at) for at in (0, 25, 26, 701, 702)] == ["A7", "Z7", "AA7", "ZZ7", "AAA7"]


def test_a_file_of_formulas_holds_no_error_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zhilu.server.tabular.cells.MOST_ERRORS", 5)
    data = "\n".join(["工号,姓名", *[f"{n},=A{n}" for n in range(30)], f"31,{'x' * 501}"]).encode()
    rows = read(data, "a.csv")
    errors = [cell for row in rows for cell in row.cells if isinstance(cell, DataError)]
    assert [one.code for one in errors] == ["cell-formula"] * 30 + ["cell-length"]
    assert [one.fields["cell"] for one in errors[:5]] == ["B2", "B3", "B4", "B5", "B6"]
    assert len({id(one) for one in errors}) == 7
