"""`python -m support.station_faults_check COUNTY_HOME TRUST OUT ID …`: the evidence of each recording, as
`zhilu server evidence` writes it, and what `zhilu verify` says of it. Prints the ids that are not sound and
anchored, with why, as JSON.
"""

import json
import sys
from pathlib import Path
from uuid import UUID

from zhilu.sealed.trust import Trust
from zhilu.server.commands import boot
from zhilu.verify.check import judge
from zhilu.verify.files import find


def main(home: str, trust: str, out: str, *ids: str) -> None:
    boot.start(Path(home))
    from zhilu.server.commands.evidence import _write
    from zhilu.server.evidence.services import export

    believed = Trust.loads(Path(trust).read_bytes())
    wrong: dict[str, list[str]] = {}
    for id_ in ids:
        folder = Path(out) / id_
        try:
            for name, chunks in export.files(export.find(UUID(id_))).items():
                _write(folder / name, chunks)
            report = judge(find(folder / "recording"), believed)
        except Exception as error:
            wrong[id_] = [repr(error)]
            continue
        codes = {finding.code for finding in report.defects}
        if report.facts.get("anchored") is not True:
            codes.add("not-anchored")
        if codes:
            wrong[id_] = sorted(codes)
    print(json.dumps(wrong))


if __name__ == "__main__":
    main(*sys.argv[1:])
