from django.apps import AppConfig


class FederationConfig(AppConfig):
    name = "zhilu.server.federation"
    label = "federation"

    def ready(self) -> None:
        from zhilu.server.equipment.services import signed
        from zhilu.server.federation import (  # noqa: F401 - register what this app owns
            apply,
            apply_adoption,
            checks,
            checks_adoption,
            events,
        )
        from zhilu.server.federation.services import neighbours
        from zhilu.server.ledger.services import worker

        signed.provide("neighbour", neighbours.request_key)
        worker.beside("federation", "zhilu.server.federation.services.rounds.run")
        worker.beside("comparisons", "zhilu.server.federation.services.comparisons.run")
