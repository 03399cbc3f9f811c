"""The bureaus of the demonstration: half a year of a city and its counties, lived by the real programs
under a clock that is passed in. Nothing is written behind a ledger; a bureau is a parameter (`county.py`).
"""
