"""Makes the vectors of the protocols: docking, intake, viewing.

    PYTHONPATH=tests python tests/protocols/make_vectors.py DIR

Same bytes each time: TEST keys from names, deterministic signatures, an ephemeral key from its input.
"""

from __future__ import annotations

import sys
from pathlib import Path

from support.vectors import protocols_docking, protocols_intake, protocols_viewing, protocols_words
from support.vectors.files import Vector

PAGE = "PROTOCOLS.md"
README = """# Vectors of the protocols

In `docking/`, `intake/` and `viewing/`; the form of a file is that of `README.md` here. A refusal that has a
`part` must say that part too. Keys are TEST keys. Bytes in headers are hex, in JSON b64u unless said otherwise.

| `input` | the bytes | further headers |
|---|---|---|
| `hello` | answer to `POST /hello` | `typ`, `kid`, `key` of the recorder (65 bytes); `station-nonce`, `station-tls`, `recorder-tls` of this connection |
| `handover` | body of `POST /handover` | `own`: JSON of what the recorder knows of itself, `assigned` being the core of its newest `recorder-assigned/1`; `age` of the greeting in seconds, 0 if absent |
| `word` | what leaves the station, docking.md §8 | `bureau`, `station`, `rp-id`, `origin`, `least`; `now` as a time; `credentials`: JSON, person → credential → COSE key |
| `request` | JSON: a request as it arrived; `now` in unix seconds; `seen`: nonces taken before; the `authority` is the server's own | `kid`, `key` of the only sender known |
| `assertion` | JSON of viewing.md §3 | `challenge`, `public-key` (COSE), `rp-id`, `origin`, `last-count` |
| `registration`, `viewing-request`, `decision`, `report` | the bytes that a person signs | |
| `challenge` | JSON: what goes in, bytes in hex | `label`, `digest`: what must come out |
| `viewer-key` | PRF output, raw | `point`, `thumbprint` of the key pair that follows |
| `grant` | compact JWS | `typ`, `kid`, `key` of the keyholder |
| `release` | `sealed`, raw | `secret` (private scalar), `recording`, `leaf`; `share`: what must come out |

Layers: `message` (form of a docking message), `greeting`, `handover`, `word`, `request`, `assertion`, `viewing` (form of
what a person signs, or of a grant), `line` (the JWS, journal.md §2), `envelope`.
"""  # noqa: E501


def vectors() -> list[Vector]:
    makers = (protocols_docking, protocols_words, protocols_intake, protocols_viewing)
    return [vector for maker in makers for vector in maker.vectors()]


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(README, encoding="utf-8")
    for vector in vectors():
        path = folder / vector.path
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(vector.write())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
