"""The bureau's certificates: root, roles, revocation, trust document (spec/docking.md §1, §7)."""
