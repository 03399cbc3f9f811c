"""Addresses that people write: of mail, of hosts, of the pages. Plain ASCII of the usual shape: what could
end a line of a mail's head is none.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LONGEST, LONGEST_LOCAL = 254, 64
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAIL = re.compile(rf"{_LOCAL}@{_LABEL}(\.{_LABEL})+", re.ASCII)
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*|[0-9A-Fa-f:]+", re.ASCII)
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def is_mail_address(text: str) -> bool:
    local = text.partition("@")[0]
    return len(text) <= LONGEST and len(local) <= LONGEST_LOCAL and bool(_MAIL.fullmatch(text))


def is_host(text: str) -> bool:
    return len(text) <= LONGEST and bool(_HOST.fullmatch(text))


def is_web_address(text: str) -> bool:
    """Scheme, host and port of the pages, nothing after."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    return parts.scheme in ("http", "https") and is_host(host) and text == plain
