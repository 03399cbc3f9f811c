from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "zhilu.server.api"
    label = "api"
