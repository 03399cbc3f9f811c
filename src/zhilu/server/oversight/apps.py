from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "zhilu.server.oversight"
    label = "oversight"

    def ready(self) -> None:
        from zhilu.server.ledger.services import worker
        from zhilu.server.oversight.services import auditing, reconcile  # noqa: F401 - has a part in the audit

        worker.beside("absence", reconcile.run)
