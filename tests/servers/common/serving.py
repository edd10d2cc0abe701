"""Starting a server: its settings, its state, its port."""

import argparse
import json
import os
import socket
import sys
from contextlib import contextmanager
from threading import Lock

# More than the requests that a test sends at once, so that none waits behind a slow one.
THREADS = 128
CONNECTIONS = 1000


def number(name, default):
    return int(os.environ.get(name, default))


def switch(name, default="0"):
    return os.environ.get(name, default) == "1"


def state_file():
    """The file that keeps what has to outlive the server; None if nothing has to."""
    return os.environ.get("EVERTOKEN_STATE")


class State:
    """Values that outlive the server in its state file."""

    def __init__(self, **defaults):
        self._lock = Lock()
        self._values = defaults
        self._file = state_file()
        self._saved = None
        if self._file and os.path.exists(self._file):
            with open(self._file) as file:
                self._values = json.load(file)

    @contextmanager
    def locked(self):
        """The values, for one request at a time; changes are kept."""
        with self._lock:
            yield self._values
            text = json.dumps(self._values)
            if self._file and text != self._saved:
                self._save(text)

    def _save(self, text):
        # Replaced in one step: a test kills the server when it likes.
        with open(self._file + ".new", "w") as file:
            file.write(text)
        os.replace(self._file + ".new", self._file)
        self._saved = text


def listen():
    """A socket on 127.0.0.1, at the port that the command line names."""
    parser = argparse.ArgumentParser(description="A test server on 127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    port = parser.parse_args().port
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        sys.exit(f"cannot listen on 127.0.0.1:{port}: {error.strerror}. Choose another --port.")
    listener.listen(CONNECTIONS)
    return listener


def announce(listener):
    """The line by which whoever started the server learns its address."""
    print("listening on http://127.0.0.1:{}".format(listener.getsockname()[1]), flush=True)


def serve_wsgi(application):
    from waitress import create_server

    listener = listen()
    server = create_server(
        application, sockets=[listener], threads=THREADS, connection_limit=CONNECTIONS, asyncore_use_poll=True
    )
    announce(listener)
    server.run()


def serve_asgi(application):
    import uvicorn

    listener = listen()
    announce(listener)
    uvicorn.Server(uvicorn.Config(application, log_level="warning")).run(sockets=[listener])
