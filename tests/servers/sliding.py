"""One token that slides, in the style of the old tutorials (FastAPI and PyJWT): python -m sliding --port N

There is no refresh token: a live token is renewed before it ends. Success is told in the body, and the token travels in
the query. Environment:
  EVERTOKEN_ACCESS_SECONDS  life of a token (4); in its second half it is near its end
  EVERTOKEN_RENEW           what an answer does when the token is near its end: "header" brings a new one in X-New-Token,
                            "flag" says "renew": true, "both", or "none" (header)
  EVERTOKEN_EXPOSE          1: pages of another origin may read X-New-Token (1)
"""

import os
import time

import jwt
from fastapi import Body, Response
from fastapi.responses import JSONResponse

from common.fast import application
from common.serving import number, serve_asgi, switch
from common.tokens import USERS, claims_of, issue

WRONG_PASSWORD, MISSING, GARBAGE, EXPIRED = 1000, 1001, 1002, 1003

SECONDS = number("EVERTOKEN_ACCESS_SECONDS", 4)
RENEW = os.environ.get("EVERTOKEN_RENEW", "header")
BY_HEADER, BY_FLAG = RENEW in ("header", "both"), RENEW in ("flag", "both")

app = application("/update/token/", expose=["X-New-Token"] if switch("EVERTOKEN_EXPOSE", "1") else [])


class Refused(Exception):
    def __init__(self, status, code, msg):
        self.answer = JSONResponse({"code": code, "msg": msg}, status)


@app.exception_handler(Refused)
def refused(_request, refusal):
    return refusal.answer


def checked(token):
    if token is None:
        raise Refused(403, MISSING, "no token")
    try:
        return claims_of(token)
    except jwt.ExpiredSignatureError:
        raise Refused(401, EXPIRED, "token expired")
    except jwt.InvalidTokenError:
        raise Refused(403, GARBAGE, "invalid token")


@app.post("/auth/")
def sign_in(username: str = Body(), password: str = Body()):
    if USERS.get(username) != password:
        raise Refused(200, WRONG_PASSWORD, "wrong username or password")
    return {"code": 0, "data": issue(username, SECONDS)}


@app.api_route("/update/token/", methods=["GET", "POST"])
def update(token: str | None = None):
    return {"code": 0, "data": issue(checked(token)["sub"], SECONDS)}


@app.api_route("/mine/", methods=["GET", "POST"])
def mine(response: Response, token: str | None = None):
    claims = checked(token)
    near = time.time() > (claims["iat"] + claims["exp"]) / 2
    if near and BY_HEADER:
        response.headers["X-New-Token"] = issue(claims["sub"], SECONDS)
    return {"code": 0, "data": {"user": claims["sub"]}, "renew": near and BY_FLAG}


if __name__ == "__main__":
    serve_asgi(app)
