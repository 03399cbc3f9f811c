"""The demonstration county: half a year of a county bureau, lived through by the real programs under a clock
that is passed in. Nothing is written behind the ledger; a county is a parameter (`county.py`)."""
