"""The offline verifier: what a stranger runs. It knows the core and nothing of the bureau's servers."""
