from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "zhilu.server.ledger"
    label = "ledger"
