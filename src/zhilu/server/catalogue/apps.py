from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "zhilu.server.catalogue"
    label = "catalogue"

    def ready(self) -> None:
        from zhilu.server.catalogue import apply, events  # noqa: F401 - registers what this app owns
