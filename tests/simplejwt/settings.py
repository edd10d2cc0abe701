"""Settings of the test server: an ordinary REST project, its token lifetimes and rotation set by the environment."""

import os
from datetime import timedelta


def seconds(name, default):
    return timedelta(seconds=int(os.environ.get(name, default)))


ROTATE = os.environ.get("EVERTOKEN_ROTATE", "1") == "1"

# Fixed, so that tokens outlive a restart of the server.
SECRET_KEY = "only for tests on this machine: no secret is signed with it"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
USE_TZ = True
DATA_UPLOAD_MAX_MEMORY_SIZE = None

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "corsheaders",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
]

# The recorder comes last: preflights and slash redirects are answered before it and are not counted.
MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "record.RecordMiddleware",
]
CORS_ALLOW_ALL_ORIGINS = True

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["EVERTOKEN_DB"],
        "CONN_MAX_AGE": None,
        # Many threads write at once: readers must not block them, and a writer waits instead of
        # failing with "database is locked" when it turns from reading to writing.
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}

# The default hasher takes a good part of a second per sign-in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": seconds("EVERTOKEN_ACCESS_SECONDS", 4),
    "REFRESH_TOKEN_LIFETIME": seconds("EVERTOKEN_REFRESH_SECONDS", 3600),
    "ROTATE_REFRESH_TOKENS": ROTATE,
    "BLACKLIST_AFTER_ROTATION": ROTATE,
    "AUTH_TOKEN_CLASSES": ["record.AccessToken"],
}

# Errors of the server itself, with their traceback, belong in the output of the test that caused them.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}
