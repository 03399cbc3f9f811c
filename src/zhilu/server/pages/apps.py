from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "zhilu.server.pages"
    label = "pages"
