from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "zhilu.server.oversight"
    label = "oversight"

    def ready(self) -> None:
        from zhilu.server.ledger.services import worker
        from zhilu.server.oversight import (
            apply_answers,  # noqa: F401 - registers what this app owns
            apply_findings,  # noqa: F401 - registers what this app owns
            apply_reviews,  # noqa: F401 - registers what this app owns
            apply_sanctions,  # noqa: F401 - registers what this app owns
            apply_tasks,  # noqa: F401 - registers what this app owns
        )
        from zhilu.server.oversight.services import (
            auditing,  # noqa: F401 - has a part in the audit
            auditing_findings,  # noqa: F401 - has a part in the audit
            evaluating,
            messages,
            outbox,
            reconcile,
            reviewing,
            telling_answers,  # noqa: F401 - tells of findings and what becomes of them
            telling_days,  # noqa: F401 - tells what a day and a week tell
            telling_reviews,  # noqa: F401 - tells of reviews of footage
            withheld,
        )

        worker.beside("absence", reconcile.run)
        worker.beside("findings", evaluating.run)
        worker.beside("findings-withheld", withheld.run)
        worker.beside("draws", reviewing.run)
        worker.beside("messages", messages.run)
        worker.beside("mail", outbox.run)
