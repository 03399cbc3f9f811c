from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "zhilu.server.evidence"
    label = "evidence"

    def ready(self) -> None:
        from zhilu.server.evidence import (  # noqa: F401 - registers what this app owns
            apply,
            apply_copies,
            apply_desk,
            apply_gaps,
            apply_imports,
            apply_keeping,
            apply_links,
            apply_viewings,
            events,
            events_gaps,
        )
        from zhilu.server.evidence.services import search  # noqa: F401 - has a part in the audit
