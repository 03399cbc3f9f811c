from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "zhilu.server.catalogue"
    label = "catalogue"

    def ready(self) -> None:
        from zhilu.server.catalogue import (  # noqa: F401 - register what this app owns
            apply,
            apply_notices,
            checks_notices,
            events,
            events_notices,
        )
