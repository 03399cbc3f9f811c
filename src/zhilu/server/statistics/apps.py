from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    name = "zhilu.server.statistics"
    label = "statistics"

    def ready(self) -> None:
        from zhilu.server.ledger.services import worker
        from zhilu.server.statistics.services import auditing  # noqa: F401 - has a part in the audit

        worker.beside("statistics", "zhilu.server.statistics.services.tallies.run")
