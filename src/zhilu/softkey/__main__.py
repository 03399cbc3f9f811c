"""`python -m zhilu.softkey FILE`: the software security key for a program in another language.

One JSON object a line on standard input, one answer a line on standard output, until the input ends:
`{"challenge": b64u, "rp_id", "origin", "allow": [b64u …]?, "prf": b64u of the PRF input?}` is answered with
the assertion of spec/viewing.md §3 and, if asked for, `"prf": b64u of 32 bytes`; or with `{"error", "hint"}`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from zhilu.encoding import b64u, unb64u
from zhilu.errors import ZhiluError
from zhilu.softkey import SoftKey


def answer(key: SoftKey, question: dict[str, Any]) -> dict[str, str]:
    allow = [unb64u(item) for item in question.get("allow", [])]
    reply = key.assert_(unb64u(question["challenge"]), question["rp_id"], question["origin"], allow)
    if "prf" in question:
        reply["prf"] = b64u(key.prf(unb64u(question["prf"]), question["rp_id"]))
    return reply


def main(path: Path) -> int:
    key = SoftKey.load(path)
    for line in sys.stdin:
        try:
            reply = answer(key, json.loads(line))
            key.save(path)  # before the answer leaves: a counter that went back would be refused as a copy
        except ZhiluError as error:
            reply = {"error": error.code, "hint": str(error)}
        except (ValueError, KeyError, TypeError) as error:
            reply = {"error": "question", "hint": repr(error)}
        print(json.dumps(reply), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
