"""The viewing room's pages and their modules; `runner` runs the same modules without a person."""
