from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    name = "zhilu.server.organisation"
    label = "organisation"

    def ready(self) -> None:
        from zhilu.server.ledger.services import actors, worker
        from zhilu.server.ledger.services import terms as ledger_terms
        from zhilu.server.organisation import (  # noqa: F401 - register what this app owns
            apply,
            apply_people,
            apply_roles,
            apply_tokens,
            events,
            events_tokens,
        )
        from zhilu.server.organisation.services import access  # noqa: F401 - has a part in the audit
        from zhilu.server.organisation.services.people import actor_roles
        from zhilu.server.organisation.services.terms import terms

        ledger_terms.provide(terms)
        actors.provide(actor_roles)
        worker.every(60, "access log", "zhilu.server.organisation.services.access.enter_batch")
