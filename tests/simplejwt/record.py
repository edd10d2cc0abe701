"""What the server remembers for the tests, in memory: counters, arrivals, revoked tokens, the delay of refreshes."""

import time
from collections import Counter, deque
from threading import Lock

import jwt
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.exceptions import TokenError

COUNTERS = ("refreshes", "refresh_ok", "sign_ins", "protected_ok", "protected_401", "blacklisted")
ARRIVALS_KEPT = 1000

# (path, status of the answer) -> counter
COUNTED_ANSWERS = {
    ("/api/token/", 200): "sign_ins",
    ("/api/token/refresh/", 200): "refresh_ok",
    ("/api/token/blacklist/", 200): "blacklisted",
    ("/api/protected/", 200): "protected_ok",
    ("/api/protected/", 401): "protected_401",
}


class Record:
    def __init__(self):
        self._lock = Lock()
        self._counters = Counter()
        self._arrivals = deque(maxlen=ARRIVALS_KEPT)
        self._revoked = set()
        self.refresh_delay = 0.0

    def arrived(self, request):
        arrival = {
            "path": request.path,
            "method": request.method,
            "authorization": authorization_of(request),
        }
        with self._lock:
            self._arrivals.append(arrival)
            if request.path == "/api/token/refresh/":
                self._counters["refreshes"] += 1

    def answered(self, request, response):
        counter = COUNTED_ANSWERS.get((request.path, response.status_code))
        if counter:
            with self._lock:
                self._counters[counter] += 1

    def revoke(self, jti):
        with self._lock:
            self._revoked.add(jti)

    def is_revoked(self, jti):
        with self._lock:
            return jti in self._revoked

    def counters(self):
        with self._lock:
            return {name: self._counters[name] for name in COUNTERS}

    def arrivals(self):
        with self._lock:
            return list(self._arrivals)

    def reset(self):
        with self._lock:
            self._counters.clear()
            self._arrivals.clear()


record = Record()


class RecordMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not (request.path.startswith("/api/") or request.path == "/test/open/"):
            return self.get_response(request)
        record.arrived(request)
        response = self.get_response(request)
        record.answered(request, response)
        # The answer is late, not the work: a client that gives up now has used its refresh token.
        if request.path == "/api/token/refresh/":
            time.sleep(record.refresh_delay)
        return response


class AccessToken(tokens.AccessToken):
    """An access token that can be revoked. It keeps the name, because the 401 answer carries it."""

    def verify(self):
        super().verify()
        if record.is_revoked(self.payload["jti"]):
            raise TokenError("Token is revoked")


def jti_of(token):
    """The `jti` of a JWT, signed by whomever and expired or not; None for anything else."""
    try:
        return jwt.decode(token, options={"verify_signature": False}).get("jti")
    except jwt.InvalidTokenError:
        return None


def authorization_of(request):
    header = request.headers.get("Authorization")
    if header is None:
        return "none"
    scheme, _, token = header.partition(" ")
    jti = jti_of(token) if scheme == "Bearer" else None
    return f"bearer {jti}" if jti else "other"
