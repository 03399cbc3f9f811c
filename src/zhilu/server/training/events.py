"""Events about training (spec/registers.md §3)."""
