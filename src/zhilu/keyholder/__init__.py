"""The keyholder: it holds the bureau key, serves the viewing room, cosigns the ledger (spec/viewing.md).

It trusts no word of the web process. See `rules` for what it believes, `follower` for how it comes to know.
"""
