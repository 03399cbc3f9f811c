from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    name = "zhilu.server.assessment"
    label = "assessment"

    def ready(self) -> None:
        from zhilu.server.assessment import apply  # noqa: F401 - registers what this app owns
        from zhilu.server.assessment.services import auditing  # noqa: F401 - has a part in the audit
