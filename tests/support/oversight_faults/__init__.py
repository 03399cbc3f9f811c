"""What goes wrong in the half year, and what only looks so: a function each, which labels what it spoils.

`fault` and `alike` name them; a fault that labels nothing, or a look-alike that labels its own rule, is a
mistake of these files (tests/oversight/test_year.py).
"""

from support.oversight_faults import devices, missing, people, times, written
from support.oversight_faults.cases import CASES
from support.oversight_year import Year

__all__ = ["CASES", "make"]

# The year of a seed follows from this order.
FILES = [one.__name__ for one in (missing, times, written, devices, people)]
CASES.sort(key=lambda case: FILES.index(case.spoil.__module__))


def make(tasks: int, each: int, seed: int = 1) -> Year:
    """So many tasks; each case so often."""
    year = Year(seed)
    for case in CASES:
        for _ in range(each):
            case.spoil(year)
    while len(year.visits) < tasks:
        year.visit()
    return year
