from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "zhilu.server.pages"
    label = "pages"

    def ready(self) -> None:
        from zhilu.server.ledger.services import worker

        worker.beside("task-files", "zhilu.server.pages.services.task_files.run")
