"""Makes the vectors of the sealed core: one file for each rule that bytes can break.

    PYTHONPATH=tests python tests/sealed/make_vectors.py DIR

Same bytes each time: TEST keys from names, deterministic signatures, HPKE with an ephemeral key that
follows from its input (`support.vectors.hpke`).
"""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import patch

from support.recordings import Maker
from support.vectors import copies, draws, imports, journals, lines, secrets, whole
from support.vectors.files import Vector
from support.vectors.hpke import FixedHpke
from zhilu.sealed import envelopes

README = """# Vectors

Each `*.vector` file is header lines `name: value`, an empty line, and the bytes under test, to the end of the
file. One failure each; `expect: ok` must pass. Every key is a TEST key whose secret anybody can make: trust none.
The ledger's own are in `tlog/`, with a page of their own; those of docking, intake and viewing: `PROTOCOLS.md`.

Headers of all: `name`, `input` (what the bytes are), `spec` (the rule), `expect` (`ok` or the code of the
FIRST defect), `layer` (who must say it; the same code from another layer is a failure too; `none` for `ok`).

| `input` | the bytes | further headers |
|---|---|---|
| `line` | one line | `typ`, `kid`, `key` (65 bytes in hex) |
| `journal`, `logbook` | the file | the same; `opened-by`: hash of the logbook's line, of an import (typ `zhilu-import`) of the last line of the import before |
| `segment` | a sealed segment | `secret` (K in hex), `recording` (id), `number` |
| `commitment` | `open.key_commitment`, raw | `secret`, `recording` |
| `private` | the field's text | `secret` (text key), `recording`, `number` (line) |
| `shares` | `open.shares` | `secret` (private scalar in hex), `recording` |
| `recording`, `import` | JSON: file name -> b64u | `folder`: the id that it should be |
| `receipt` | JSON: `message` at the dock; `newest` checkpoint or null; `own` recordings, null: open | `ledger`, `cosigner`, `quorum`, `kid` |
| `trust` | `trust.json` | |
| `clip` | JSON: file name -> b64u; `clip` is the file that `clip.json` names | |
| `package` | the sealed package of a copy | `secret` (the recipient's private scalar in hex) |
| `draw` | JSON: file name -> b64u: `draw.json`, and `trust.json` where there is one | |

`not-anchored` is no defect: all is consistent, and nobody outside vouches for it.
"""  # noqa: E501


def vectors() -> list[Vector]:
    with patch.object(envelopes, "_HPKE", FixedHpke()):
        sample = Maker().make()
        return [
            *lines.vectors(),
            *journals.vectors(sample),
            *secrets.vectors(sample),
            *whole.vectors(sample),
            *imports.vectors(),
            *copies.vectors(sample),
            *draws.vectors(),
        ]


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(README, encoding="utf-8")
    for vector in vectors():
        path = folder / vector.path
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(vector.write())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
