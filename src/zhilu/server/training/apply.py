"""How the tables of training follow from the ledger."""
