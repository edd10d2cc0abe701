"""What a server remembers for the tests, in memory: the latest arrivals, how they were answered, the delay of refreshes."""

from collections import deque
from threading import Lock

import jwt

ARRIVALS_KEPT = 1000


class Record:
    def __init__(self, refresh_path):
        self._lock = Lock()
        self._arrivals = deque(maxlen=ARRIVALS_KEPT)
        self._refresh_path = refresh_path
        self._delay = 0.0

    def arrived(self, method, path, authorization):
        """Returns the arrival, for `answered`."""
        arrival = {"path": path, "method": method, "authorization": described(authorization), "status": None}
        with self._lock:
            self._arrivals.append(arrival)
        return arrival

    def answered(self, arrival, status):
        """Returns for how many seconds the answer has to wait. It is late, not the work: a client that gives up meanwhile
        has used its refresh token."""
        arrival["status"] = status
        return self._delay if arrival["path"] == self._refresh_path else 0.0

    def delay_refreshes(self, milliseconds):
        self._delay = milliseconds / 1000

    def arrivals(self):
        with self._lock:
            return list(self._arrivals)

    def reset(self):
        with self._lock:
            self._arrivals.clear()
            self._delay = 0.0


def described(authorization):
    """The header without its secret: "none", "bearer" with the `jti` of its JWT, or "other"."""
    if authorization is None:
        return "none"
    scheme, _, token = authorization.partition(" ")
    jti = jti_of(token) if scheme == "Bearer" else None
    return f"bearer {jti}" if jti else "other"


def jti_of(token):
    """The `jti` of a JWT, signed by whomever and expired or not; None for anything else."""
    try:
        return jwt.decode(token, options={"verify_signature": False}).get("jti")
    except jwt.InvalidTokenError:
        return None
