"""Picture and sound as CMAF: one header, then fragments (spec/sealed-media.md §1)."""
