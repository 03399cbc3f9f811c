"""The bureau's server: a Django project whose evidential tables are written only by applying ledger events.

Apps, each importing only to its right: pages > assessment > oversight > evidence > equipment > catalogue >
organisation > ledger. Beside them, below all: `config`, `settings`, `urls`.
"""
