"""What a page's forms send: as somebody fills them in, and as no browser ever would."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from random import Random
from urllib.parse import urlencode

FORM = re.compile(r'<form[^>]*method="post"[^>]*>.*?</form>', re.S)
FIELD = re.compile(r"<(input|select|textarea|button)\b([^>]*)>(?:(.*?)</(?:select|textarea)>)?", re.S)
OPTION = re.compile(r'<option[^>]*value="([^"]*)"')
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 9 + b"IEND\xaeB`\x82"
Sent = dict[str, list[str | bytes]]

ODD: tuple[str | bytes, ...] = (
    "", " ", "\0", "a\0b", "\x1b[0m\x07", "\r\n", "\u202eabc\u202c", "\u200b\ufeff", "\udc80\ud800",
    "\uffff", "e\u0301" * 50, "\U0001f600" * 30, "1e400", "-0", "NaN", "Infinity", "١٢", "²", "1_000", "0x10",
    "-1", "0", "1.5", "2147483648", "9223372036854775808", "9" * 40, "0001-01-01", "9999-12-31", "2026-02-30",
    "2999-12-31", "9999-12-31T23:59:59", "0001-01-01T00:00", "2026-13", "-1:00", "999999:99:99", "true",
    "[]", "{}", "null", "../../etc/passwd", "<script>", "%s{0}", "a/b/c", ":", "officer:", "x" * 201,
    "字" * 501, "字" * 2001, "y" * 20_001, "z" * 300_000, "0" * 8 + "-0000-4000-8000-" + "0" * 12, b"",
    b"\xff" * 3000,
)  # fmt: skip
MANY = 3_000
"""Values of one name: more than any list takes, and more than the server reads."""


@dataclass(frozen=True)
class Field:
    name: str
    kind: str
    values: tuple[str, ...]
    """What stands in it, or may be chosen."""


def fields_of(page: str) -> dict[str, list[Field]]:
    """Of each form that is sent by POST, by the address in it, "" where it has none."""
    found: dict[str, list[Field]] = {}
    for form in FORM.findall(page):
        action = re.search(r'action="([^"]*)"', form[: form.index(">")])
        fields = found.setdefault(unescape(action[1]) if action else "", [])
        for tag, said, inside in FIELD.findall(form):
            attributes = dict(ATTRIBUTE.findall(said))
            if attributes.get("name", "csrfmiddlewaretoken") != "csrfmiddlewaretoken":
                kind = attributes.get("type", "text") if tag == "input" else tag
                values = OPTION.findall(inside) if tag == "select" else [attributes.get("value", inside)]
                fields.append(Field(attributes["name"], kind, tuple(map(unescape, values))))
    return found


def usual(chance: Random, fields: list[Field]) -> Sent:
    """Something sensible in each."""
    from zhilu.server.ledger.clock import today

    sent: Sent = {}
    for one in fields:
        value: str | bytes = chance.choice(one.values or ("",))
        if one.kind in ("radio", "checkbox", "button") and one.name in sent and chance.random() < 0.5:
            continue
        if one.kind == "file":
            value = PNG
        elif not value and one.kind == "date":
            value = today().isoformat()
        elif not value and one.kind not in ("select", "hidden", "button"):
            value = {"checkbox": "on", "number": "3"}.get(one.kind, "文字")
        sent[one.name] = [value]
    return sent | {"confirmed": ["yes"]}


def spoiled(chance: Random, sent: Sent) -> Sent:
    """One field left out, doubled, sent thousands of times, or with what is no value of it."""
    name = chance.choice([one for one in sent if one != "confirmed"] or ["confirmed"])
    value = chance.choice(ODD)
    how = chance.choices(("left out", "doubled", "many", "odd"), (1, 1, 0.3, 6))[0]
    if how == "left out":
        return {one: values for one, values in sent.items() if one != name}
    new = {"doubled": [*sent[name], value], "many": [str(n) for n in range(MANY)], "odd": [value]}[how]
    return sent | {name: new}


def body_of(sent: Sent, as_parts: bool) -> tuple[bytes, str]:
    """The bytes, and their kind. A lone surrogate goes as its bytes."""
    pairs = [
        (name, value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass"))
        for name, values in sent.items()
        for value in values
    ]
    if not as_parts:
        return urlencode(pairs).encode(), "application/x-www-form-urlencoded"
    files = {name for name, values in sent.items() if any(isinstance(one, bytes) for one in values)}
    parts = b""
    for name, data in pairs:
        file = '; filename="../a\x01.png"' if name in files else ""
        parts += f'--parts\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode()
        parts += data + b"\r\n"
    return parts + b"--parts--\r\n", "multipart/form-data; boundary=parts"
