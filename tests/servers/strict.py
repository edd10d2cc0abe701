"""Strict rotation, written by hand: python -m strict --port N

A refresh token works once. Environment:
  EVERTOKEN_ACCESS_SECONDS   life of an access token (4)
  EVERTOKEN_REFRESH_SECONDS  life of a refresh token (3600)
  EVERTOKEN_FAMILY           1: a token that is used twice kills its successors, too (0)
  EVERTOKEN_STATE            file that keeps the refresh tokens
"""

import secrets
import time
from typing import Annotated

import jwt
from fastapi import Body, HTTPException, Request

from common.fast import application
from common.serving import State, number, serve_asgi, switch
from common.tokens import USERS, bearer_of, claims_of, issue

ACCESS_SECONDS = number("EVERTOKEN_ACCESS_SECONDS", 4)
REFRESH_SECONDS = number("EVERTOKEN_REFRESH_SECONDS", 3600)
FAMILY = switch("EVERTOKEN_FAMILY")

app = application(refresh_path="/auth/refresh_token")
# Each refresh token: whose it is, its family, its end, and whether it has been used.
state = State(tokens={}, revoked=[])


def pair(tokens, user, family):
    refresh = secrets.token_hex(32)
    tokens[refresh] = {"user": user, "family": family, "end": time.time() + REFRESH_SECONDS, "used": False}
    return {"access_token": issue(user, ACCESS_SECONDS), "refreshToken": refresh}


@app.post("/auth/token")
def sign_in(username: Annotated[str, Body()], password: Annotated[str, Body()]):
    if USERS.get(username) != password:
        raise HTTPException(401, "Incorrect username or password")
    with state.locked() as values:
        return pair(values["tokens"], username, secrets.token_hex(8))


@app.post("/auth/refresh_token")
def refresh(refreshToken: Annotated[str, Body(embed=True)]):
    with state.locked() as values:
        known = values["tokens"].get(refreshToken)
        if known is None:
            raise HTTPException(403, "Invalid refresh token")
        if known["family"] in values["revoked"]:
            raise HTTPException(403, "Refresh token revoked")
        if known["used"]:
            if FAMILY:
                values["revoked"].append(known["family"])
            raise HTTPException(403, "Refresh token already used")
        if known["end"] <= time.time():
            raise HTTPException(403, "Refresh token expired")
        known["used"] = True
        return pair(values["tokens"], known["user"], known["family"])


@app.post("/auth/logout")
def sign_out(refreshToken: Annotated[str, Body(embed=True)]):
    with state.locked() as values:
        known = values["tokens"].get(refreshToken)
        if known is None:
            raise HTTPException(403, "Invalid refresh token")
        values["revoked"].append(known["family"])
    return {}


@app.api_route("/api/protected", methods=["GET", "POST"])
def protected(request: Request):
    """One answer for every cause."""
    try:
        return {"user": claims_of(bearer_of(request))["sub"]}
    except jwt.InvalidTokenError:
        raise HTTPException(401, "Unauthorized")


if __name__ == "__main__":
    serve_asgi(app)
