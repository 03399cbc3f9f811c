from django.apps import AppConfig


class FederationConfig(AppConfig):
    name = "zhilu.server.federation"
    label = "federation"

    def ready(self) -> None:
        from zhilu.server.equipment.services import signed
        from zhilu.server.federation import apply, checks, events  # noqa: F401 - register what this app owns
        from zhilu.server.federation.services import comparisons, neighbours, rounds
        from zhilu.server.ledger.services import worker

        signed.provide("neighbour", neighbours.request_key)
        worker.beside("federation", rounds.run)
        worker.beside("comparisons", comparisons.run)
