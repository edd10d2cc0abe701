"""The real djangorestframework-simplejwt as a server for the tests: python -m simplejwt --port N

The users are demo and other, each with its name as its password. A sign-in with `"remember": true` gives longer lives.
Environment:
  EVERTOKEN_ACCESS_SECONDS   life of an access token (4), and until when a sliding token is good
  EVERTOKEN_REFRESH_SECONDS  life of a refresh token (3600), and until when a sliding token can be renewed
  EVERTOKEN_ROTATE           1: refresh tokens rotate; 0: they stay (1)
  EVERTOKEN_BLACKLIST        1: the used one is blacklisted; 0: the blacklist app is not installed (1)
  EVERTOKEN_SESSION_FIRST    1: SessionAuthentication comes first, and a refused token is a 403 (0)
  EVERTOKEN_SLIDING          1: the resources take sliding tokens, not access tokens (0)
  EVERTOKEN_STATE            SQLite file, created if absent; without it a temporary one that goes with the server
Counters, arrivals, revoked access tokens and the delay live in memory and end with the process.
"""

import os
import signal
import sys
from tempfile import TemporaryDirectory

import django
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from common.serving import serve_wsgi, state_file


def main():
    if state_file():
        return serve()
    # An exception, where the signal alone would leave the directory behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with TemporaryDirectory(prefix="evertoken-simplejwt-") as directory:
        os.environ["EVERTOKEN_STATE"] = os.path.join(directory, "db.sqlite3")
        serve()


def serve():
    os.environ["DJANGO_SETTINGS_MODULE"] = "simplejwt.settings"
    django.setup()
    call_command("migrate", verbosity=0)

    from .users import create_missing  # needs the settings

    create_missing()
    serve_wsgi(get_wsgi_application())


if __name__ == "__main__":
    main()
