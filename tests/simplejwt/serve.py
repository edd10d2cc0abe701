"""The real djangorestframework-simplejwt as a server for the tests: python serve.py --port N

The users are demo and other, each with its name as its password. Environment:
  EVERTOKEN_ACCESS_SECONDS   life of an access token (4)
  EVERTOKEN_REFRESH_SECONDS  life of a refresh token (3600)
  EVERTOKEN_ROTATE           1: refresh tokens rotate and the used one is blacklisted; 0: they stay (1)
  EVERTOKEN_DB               SQLite file, created if absent; without it a temporary one that goes with the server
Counters, arrivals, revoked access tokens and the delay live in memory and end with the process.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile

import django
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from waitress import create_server

# More than the requests that a test sends at once, so that none waits behind a slow one.
THREADS = 128
CONNECTIONS = 1000


def main():
    parser = argparse.ArgumentParser(description="Test server: djangorestframework-simplejwt on 127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    port = parser.parse_args().port

    choose_database()
    prepare_database()
    try:
        server = listen(port)
    except OSError as error:
        sys.exit(f"cannot listen on 127.0.0.1:{port}: {error.strerror}. Choose another --port.")
    print(f"listening on http://127.0.0.1:{server.effective_port}", flush=True)
    server.run()


def choose_database():
    temporary = None
    if "EVERTOKEN_DB" not in os.environ:
        temporary = tempfile.mkdtemp(prefix="evertoken-simplejwt-")
        os.environ["EVERTOKEN_DB"] = os.path.join(temporary, "db.sqlite3")

    def stop(_signal, _frame):
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)
        # At once, with requests still running: a test that kills the server means it, and SQLite survives it.
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def prepare_database():
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    django.setup()
    call_command("migrate", verbosity=0)

    from django.contrib.auth.models import User  # needs the settings

    for name in ("demo", "other"):
        if not User.objects.filter(username=name).exists():
            User.objects.create_user(name, password=name)


def listen(port):
    return create_server(
        get_wsgi_application(),
        host="127.0.0.1",
        port=port,
        threads=THREADS,
        connection_limit=CONNECTIONS,
        asyncore_use_poll=True,
    )


if __name__ == "__main__":
    main()
