from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "zhilu.server.evidence"
    label = "evidence"

    def ready(self) -> None:
        from zhilu.server.evidence import apply, apply_imports, events  # noqa: F401 - registers what this app owns
