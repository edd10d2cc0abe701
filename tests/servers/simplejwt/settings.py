"""Settings of the test server: an ordinary REST project; `__main__.py` says what the environment changes."""

from datetime import timedelta

from common.serving import number, state_file, switch

ACCESS_LIFETIME = timedelta(seconds=number("EVERTOKEN_ACCESS_SECONDS", 4))
REFRESH_LIFETIME = timedelta(seconds=number("EVERTOKEN_REFRESH_SECONDS", 3600))
ROTATE = switch("EVERTOKEN_ROTATE", "1")
BLACKLIST = switch("EVERTOKEN_BLACKLIST", "1")
SESSION_FIRST = switch("EVERTOKEN_SESSION_FIRST")
SLIDING = switch("EVERTOKEN_SLIDING")

# Fixed, so that tokens outlive a restart of the server.
SECRET_KEY = "only for tests on this machine: no secret is signed with it"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "simplejwt.urls"
USE_TZ = True
DATA_UPLOAD_MAX_MEMORY_SIZE = None

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "corsheaders",
    "rest_framework",
]
if BLACKLIST:
    INSTALLED_APPS.append("rest_framework_simplejwt.token_blacklist")

# The recorder comes last: preflights and slash redirects are answered before it and are not counted.
MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "simplejwt.record.RecordMiddleware",
]
CORS_ALLOW_ALL_ORIGINS = True

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": state_file(),
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

AUTHENTICATION = ["rest_framework_simplejwt.authentication.JWTAuthentication"]
if SESSION_FIRST:
    AUTHENTICATION.insert(0, "rest_framework.authentication.SessionAuthentication")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": AUTHENTICATION,
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": ACCESS_LIFETIME,
    "REFRESH_TOKEN_LIFETIME": REFRESH_LIFETIME,
    "SLIDING_TOKEN_LIFETIME": ACCESS_LIFETIME,
    "SLIDING_TOKEN_REFRESH_LIFETIME": REFRESH_LIFETIME,
    "ROTATE_REFRESH_TOKENS": ROTATE,
    "BLACKLIST_AFTER_ROTATION": ROTATE and BLACKLIST,
    "AUTH_TOKEN_CLASSES": [
        "rest_framework_simplejwt.tokens.SlidingToken" if SLIDING else "simplejwt.record.AccessToken"
    ],
    "TOKEN_OBTAIN_SERIALIZER": "simplejwt.remember.RememberingSerializer",
}

# Errors of the server itself, with their traceback, belong in the output of the test that caused them.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}
