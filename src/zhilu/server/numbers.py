"""How numbers below none look to people: with a minus sign, which is as wide as a plus, and no hyphen. Files
for programs keep numbers as they are.
"""

from __future__ import annotations


def minus(number: str) -> str:
    return number.replace("-", "\N{MINUS SIGN}")
