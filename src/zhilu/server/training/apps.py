from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "zhilu.server.training"
    label = "training"

    def ready(self) -> None:
        from zhilu.server.training import apply, events  # noqa: F401 - registers what this app owns
