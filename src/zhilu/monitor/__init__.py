"""A ledger followed from outside, by what it publishes alone (spec/monitor.md)."""
