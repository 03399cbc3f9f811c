from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "zhilu.server.oversight"
    label = "oversight"

    def ready(self) -> None:
        from zhilu.server.ledger.services import worker
        from zhilu.server.oversight import (  # noqa: F401 - register what this app owns
            apply_answers,
            apply_findings,
            apply_reviews,
            apply_sanctions,
            apply_tasks,
        )
        from zhilu.server.oversight.services import (  # noqa: F401 - have parts in the audit, tell people
            auditing,
            auditing_findings,
            judging_draws,
            telling_answers,
            telling_days,
            telling_reviews,
        )

        services = "zhilu.server.oversight.services"
        worker.beside("absence", f"{services}.reconcile.run")
        worker.beside("findings", f"{services}.evaluating.run")
        worker.beside("findings-withheld", f"{services}.withheld.run")
        worker.beside("draws", f"{services}.reviewing.run")
        worker.every(3_600, "cosignatures", f"{services}.thinning.thin")
        worker.beside("messages", f"{services}.messages.run")
        worker.beside("mail", f"{services}.outbox.run")
