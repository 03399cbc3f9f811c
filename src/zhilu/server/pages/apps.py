from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "zhilu.server.pages"
    label = "pages"

    def ready(self) -> None:
        from zhilu.server.ledger.services import worker
        from zhilu.server.pages.services import task_files

        worker.beside("task-files", task_files.run)
