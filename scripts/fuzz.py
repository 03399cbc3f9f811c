"""Fuzz the entrances: `fuzz.py [--seconds N] [NAME …]`, each for N seconds (default 20), guided by coverage.

Needs atheris (dev group; x86_64). Each entrance runs in a process of its own, at low priority, with at most
512 MB in all and 10 s for one input. It begins with the vectors of spec/ and with tests/fuzz/corpus/NAME;
what it learns is kept in build/fuzz/NAME and used again. What breaks an entrance is written to
build/fuzz/NAME.crash-…: once mended, move it to tests/fuzz/corpus/NAME: `make test` then runs it for ever.
Exit code 1 where anything was found.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEARNT = ROOT / "build/fuzz"
sys.path.insert(0, str(ROOT / "tests"))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        fuzz(options.names[0], options.seconds)
    from support.entrances_protocols import ENTRANCES

    unknown = set(options.names) - ENTRANCES.keys()
    if unknown:
        print(f"no such entrance: {' '.join(unknown)}; there are: {' '.join(ENTRANCES)}", file=sys.stderr)
        return 2
    broken = [name for name in options.names or ENTRANCES if not _in_a_process(name, options.seconds)]
    print("broken: " + " ".join(broken) if broken else "nothing found")
    return 1 if broken else 0


def _in_a_process(name: str, seconds: int) -> bool:
    command = [sys.executable, __file__, "--one", "--seconds", str(seconds), name]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    rows = done.stderr.splitlines()
    tries = next((row for row in reversed(rows) if "exec/s" in row), "")
    print(f"{name:<18} {'ok' if done.returncode == 0 else 'BROKEN':<7} {tries[:80]}", flush=True)
    if done.returncode:
        print("\n".join(rows[-40:]), file=sys.stderr)
    return done.returncode == 0


def fuzz(name: str, seconds: int) -> None:
    """Does not return: the fuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["zhilu"]):
        from support.entrances import enter
        from support.entrances_protocols import ENTRANCES
        from support.seeds import seeds
    os.nice(10)
    folder = LEARNT / name
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds(name)):
        (folder / f"seed-{number:03}").write_bytes(data)
    entrance = ENTRANCES[name]
    options = [
        f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=512", "-max_len=16384",
        f"-artifact_prefix={LEARNT / name}.", "-print_final_stats=0", "-verbosity=1",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(folder)], lambda data: enter(entrance, data) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
