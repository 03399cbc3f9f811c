from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    name = "zhilu.server.organisation"
    label = "organisation"

    def ready(self) -> None:
        from zhilu.server.ledger.services import terms as ledger_terms
        from zhilu.server.ledger.services import worker
        from zhilu.server.organisation import apply, events  # noqa: F401 - registers what this app owns
        from zhilu.server.organisation.services import access
        from zhilu.server.organisation.services.terms import terms

        ledger_terms.provide(terms)
        worker.every(60, "access log", access.enter_batch)
