from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    name = "zhilu.server.assessment"
    label = "assessment"

    def ready(self) -> None:
        from zhilu.server.assessment import apply  # noqa: F401 - registers what this app owns
        from zhilu.server.assessment.services import auditing, telling  # noqa: F401 - part of the audit, tell people
