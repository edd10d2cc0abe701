"""JWTs of the hand-written servers."""

import time
from uuid import uuid4

import jwt

# Fixed, so that tokens outlive a restart of the server.
SECRET = "only for tests on this machine: no secret is signed with it"

USERS = {"demo": "demo", "other": "other"}


def issue(subject, seconds, **claims):
    now = int(time.time())
    claims = {"sub": subject, "iat": now, "exp": now + seconds, "jti": uuid4().hex, **claims}
    return jwt.encode(claims, SECRET, algorithm="HS256")


def claims_of(token):
    """Raises `jwt.ExpiredSignatureError`, or another `jwt.InvalidTokenError`."""
    return jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_aud": False})


def bearer_of(request):
    """The token in a request's header; None if there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme == "Bearer" else None
