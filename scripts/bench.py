"""Run benchmarks: `bench.py [NAME]`. Each benchmarks/NAME.py has `run() -> dict[str, float]`; names end in
their unit.

Prints a table and writes build/bench.json, one flat object name -> number. A single benchmark renews its own
figures.
"""

import importlib.util
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "build/bench.json"


def run(file: Path) -> dict[str, float]:
    spec = importlib.util.spec_from_file_location(f"benchmarks.{file.stem}", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    figures: dict[str, float] = module.run()
    return figures


def main(names: list[str]) -> int:
    files = {file.stem: file for file in sorted((ROOT / "benchmarks").glob("[a-z]*.py"))}
    unknown = [name for name in names if name not in files]
    if unknown:
        print(f"no such benchmark: {' '.join(unknown)}; there are: {' '.join(files)}", file=sys.stderr)
        return 2
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]
    figures = json.loads(FIGURES.read_text()) if names and FIGURES.exists() else {}
    for name in names or files:
        new = run(files[name])
        figures.update(new)
        for key, value in new.items():
            print(f"{name:<16}{key:<28}{value:>14,.3f}", flush=True)
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps(dict(sorted(figures.items())), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
