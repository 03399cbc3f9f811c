"""Findings: what does not fit between what was due and what was done (pure; spec/oversight.md).

`facts` are rows; `world` is their index, with days, deadlines and cover; `rule` says what a rule is. Each
rule is a file of its own with its texts and versions; `every.RULES` lists them, `every.evaluate` asks all.
Nothing here reads a file, a table, a clock or a setting, and the order of the facts does not matter.
"""
