"""One module for each command of `zhilu server`: `run(arguments) -> exit code or None`."""
