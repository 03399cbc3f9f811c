"""A start over what long use and a power cut leave: a logbook of 100,000 lines, an open journal of 20,000,
32 GB of media. `recorder_life_restart_s` ≤ 2: from the start of the process to a new recording.
"""

from support.old_age import restart_after_a_life_seconds


def run() -> dict[str, float]:
    return {"recorder_life_restart_s": restart_after_a_life_seconds()}
