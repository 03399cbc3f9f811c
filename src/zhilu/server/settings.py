"""Django's settings, made from the home's `server.toml`. Change behaviour there, not here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhilu.server import config as configuration
from zhilu.server.ledger.lock import databases, scratch

BASE = Path(__file__).resolve().parent
ZHILU = configuration.from_environment()
_IS_TOOL = configuration.HOME_VARIABLE not in os.environ

DEBUG = False
# Tools (types, migrations, tests) serve nobody; a served home has a secret of its own.
SECRET_KEY = "tools-only-never-served" if _IS_TOOL else ZHILU.secret
ALLOWED_HOSTS = [ZHILU.authority.rpartition(":")[0] or ZHILU.authority, "127.0.0.1", "localhost"]
if ZHILU.secure_cookies:
    CSRF_TRUSTED_ORIGINS = [f"https://{ZHILU.authority}"]

INSTALLED_APPS = [
    "zhilu.server.api",
    "zhilu.server.pages",
    "zhilu.server.assessment",
    "zhilu.server.statistics",
    "zhilu.server.oversight",
    "zhilu.server.federation",
    "zhilu.server.evidence",
    "zhilu.server.equipment",
    "zhilu.server.training",
    "zhilu.server.catalogue",
    "zhilu.server.organisation",
    "zhilu.server.ledger",
    "zhilu.server.contrib.Auth",
    "zhilu.server.contrib.ContentTypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIGRATION_MODULES = {"auth": None, "contenttypes": None}
MIDDLEWARE = [
    "zhilu.server.pages.proxies.FromProxy",
    "zhilu.server.pages.middleware.WithoutNul",
    "zhilu.server.pages.middleware.Demonstration",
    "zhilu.server.evidence.views.direct.Direct",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "zhilu.server.api.middleware.ApiMiddleware",
    "zhilu.server.pages.middleware.PageMiddleware",
    "zhilu.server.pages.first_things.FirstThings",
]
ROOT_URLCONF = "zhilu.server.urls"
WSGI_APPLICATION = "zhilu.server.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "zhilu.server.pages.context.everywhere",
            ],
        },
    }
]
_SCRATCH = os.environ.get(configuration.SCRATCH_VARIABLE)
DATABASES = (
    {"default": scratch(Path(_SCRATCH))}
    if _SCRATCH
    else databases(
        os.environ.get("ZHILU_TEST_DATABASE_URL", "") if _IS_TOOL else ZHILU.database_url, ZHILU.home
    )
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "organisation.User"
AUTHENTICATION_BACKENDS = ["zhilu.server.organisation.services.accounts.LockoutBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "recordings"
SESSION_ENGINE = "zhilu.server.organisation.services.sessions"
# A session ends after ten minutes without a request (domain: 等保 2.0 level 3); the middleware of the pages
# puts its end off.
SESSION_COOKIE_AGE = ZHILU.idle_s
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Cookie names carry the bureau: hosts under one domain must not read each other's.
SESSION_COOKIE_NAME = f"zhilu_session_{ZHILU.bureau}"
CSRF_COOKIE_NAME = f"zhilu_csrf_{ZHILU.bureau}"
CSRF_FAILURE_VIEW = "zhilu.server.pages.views.errors.form_refused"
LANGUAGE_COOKIE_NAME = f"zhilu_lang_{ZHILU.bureau}"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ZHILU.secure_cookies
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

# Bodies of /intake/ are streamed and have limits of their own; this one is for forms.
DATA_UPLOAD_MAX_MEMORY_SIZE = 262_144
FILE_UPLOAD_HANDLERS: list[str] = []

USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE / "locale"]
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "zhilu.server.logs.Line",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"zhilu": {"level": "INFO"}, "django.request": {"level": "ERROR"}},
}
