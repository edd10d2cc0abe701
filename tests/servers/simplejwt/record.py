"""What this server remembers besides: counters and revoked access tokens."""

import time
from collections import Counter
from threading import Lock

from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.exceptions import TokenError

from common.record import Record

REFRESH = "/api/token/refresh/"
COUNTERS = ("refreshes", "refresh_ok", "sign_ins", "protected_ok", "protected_401", "blacklisted")

# (path, status of the answer) -> counter
COUNTED_ANSWERS = {
    ("/api/token/", 200): "sign_ins",
    (REFRESH, 200): "refresh_ok",
    ("/api/token/blacklist/", 200): "blacklisted",
    ("/api/protected/", 200): "protected_ok",
    ("/api/protected/", 401): "protected_401",
}


class CountingRecord(Record):
    def __init__(self):
        super().__init__(REFRESH)
        self._counting = Lock()
        self._counters = Counter()
        self._revoked = set()

    def arrived(self, method, path, authorization):
        if path == REFRESH:
            self._count("refreshes")
        return super().arrived(method, path, authorization)

    def answered(self, arrival, status):
        counter = COUNTED_ANSWERS.get((arrival["path"], status))
        if counter:
            self._count(counter)
        return super().answered(arrival, status)

    def _count(self, counter):
        with self._counting:
            self._counters[counter] += 1

    def revoke(self, jti):
        with self._counting:
            self._revoked.add(jti)

    def is_revoked(self, jti):
        with self._counting:
            return jti in self._revoked

    def counters(self):
        with self._counting:
            return {name: self._counters[name] for name in COUNTERS}

    def reset(self):
        super().reset()
        with self._counting:
            self._counters.clear()


record = CountingRecord()


class RecordMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not (request.path.startswith("/api/") or request.path == "/test/open/"):
            return self.get_response(request)
        arrival = record.arrived(request.method, request.path, request.headers.get("Authorization"))
        response = self.get_response(request)
        time.sleep(record.answered(arrival, response.status_code))
        return response


class AccessToken(tokens.AccessToken):
    """An access token that can be revoked. It keeps the name, because the 401 answer carries it."""

    def verify(self):
        super().verify()
        if record.is_revoked(self.payload["jti"]):
            raise TokenError("Token is revoked")
