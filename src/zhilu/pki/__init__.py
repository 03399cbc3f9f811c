"""The bureau's certificates: a root, a role for each program, revocation, trust document (docking.md §1, §7)."""
