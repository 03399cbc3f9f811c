from django.apps import AppConfig


class EquipmentConfig(AppConfig):
    name = "zhilu.server.equipment"
    label = "equipment"

    def ready(self) -> None:
        from zhilu.server.equipment import (  # noqa: F401 - registers what this app owns
            apply,
            apply_fingers,
            apply_logbooks,
            apply_register,
            events,
            events_logbooks,
        )
        from zhilu.server.ledger.services import worker

        worker.every(60, "nonces", "zhilu.server.equipment.services.nonces.forget")
