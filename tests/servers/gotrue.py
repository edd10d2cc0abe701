"""A small GoTrue (Supabase Auth), written after its published source, since there is no package of it to install:
python -m gotrue --port N

It covers password and refresh grants, the rules of reuse, `/user` and `/logout`, behind a gateway that wants the header
`apikey`; and one table of PostgREST. The users are demo@example.com and other@example.com, with the passwords demo and
other. Environment:
  EVERTOKEN_ACCESS_SECONDS   life of an access token (4)
  EVERTOKEN_REFRESH_SECONDS  life of a session (3600)
  EVERTOKEN_REUSE_SECONDS    how long a used refresh token is forgiven (10, as the hosted service has it)
  EVERTOKEN_STATE            file that keeps sessions and refresh tokens
"""

import json
import secrets
import time
from uuid import uuid4

import jwt
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from common.fast import application
from common.serving import State, number, serve_asgi
from common.tokens import USERS, bearer_of, claims_of, issue

ACCESS_SECONDS = number("EVERTOKEN_ACCESS_SECONDS", 4)
SESSION_SECONDS = number("EVERTOKEN_REFRESH_SECONDS", 3600)
REUSE_SECONDS = number("EVERTOKEN_REUSE_SECONDS", 10)

REFRESH = "/auth/v1/token?grant_type=refresh_token"
EXPOSED = ["X-Total-Count", "Link", "X-Supabase-Api-Version"]
SHORTEST_TOKEN = 12
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def path_of(request):
    """The grant type belongs to the endpoint's name."""
    query = f"?{request.url.query}" if request.url.path.endswith("/token") else ""
    return request.url.path + query


class KeyMissing(Exception):
    pass


def gateway(request: Request):
    if "apikey" not in request.headers:
        raise KeyMissing


app = application(REFRESH, path_of, EXPOSED)
auth = APIRouter(prefix="/auth/v1", dependencies=[Depends(gateway)])
rest = APIRouter(prefix="/rest/v1", dependencies=[Depends(gateway)])
# Sessions by id; refresh tokens by value: their session, their parent, and when they were used.
state = State(sessions={}, tokens={})


class Refused(Exception):
    def __init__(self, status, code, msg):
        self.status, self.code, self.msg = status, code, msg


@app.exception_handler(KeyMissing)
def key_missing(_request, _error):
    hint = "No `apikey` request header or url param was found."
    return JSONResponse({"message": "No API key found in request", "hint": hint}, 401)


@app.exception_handler(Refused)
def refused(request, refusal):
    body = {"code": refusal.status, "error_code": refusal.code, "msg": refusal.msg}
    if request.headers.get("x-supabase-api-version") == "2024-01-01":
        body = {"code": refusal.code, "message": refusal.msg}
    return JSONResponse(body, refusal.status, {"x-sb-error-code": refusal.code})


@auth.post("/token")
async def token(request: Request, grant_type: str = ""):
    try:
        # JSON, whatever the content type says.
        body = json.loads(await request.body())
    except ValueError:
        raise Refused(400, "bad_json", "Could not parse request body as JSON")
    grants = {"password": by_password, "refresh_token": by_refresh_token}
    if grant_type not in grants:
        raise Refused(400, "validation_failed", "unsupported_grant_type")
    with state.locked() as values:
        return grants[grant_type](values, body)


def by_password(values, body):
    name, _, domain = body.get("email", "").partition("@")
    if domain != "example.com" or USERS.get(name) != body.get("password"):
        raise Refused(400, "invalid_credentials", "Invalid login credentials")
    session = str(uuid4())
    values["sessions"][session] = {"user": name, "end": time.time() + SESSION_SECONDS}
    return granted(values, session, successor(values, session, None))


def by_refresh_token(values, body):
    presented = body.get("refresh_token", "")
    if len(presented) < SHORTEST_TOKEN:
        raise Refused(400, "validation_failed", "Refresh Token is not valid")
    known = values["tokens"].get(presented)
    if known is None:
        raise Refused(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
    session = known["session"]
    if session not in values["sessions"]:
        raise Refused(400, "session_not_found", "Invalid Refresh Token: Session Not Found")
    if values["sessions"][session]["end"] <= time.time():
        raise Refused(400, "session_expired", "Invalid Refresh Token: Session Expired")
    if known["used"] is None:
        known["used"] = time.time()
        return granted(values, session, successor(values, session, presented))
    active = active_of(values, session)
    if values["tokens"][active]["parent"] == presented or known["used"] + REUSE_SECONDS > time.time():
        return granted(values, session, active)
    end(values, session)
    raise Refused(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")


def successor(values, session, parent):
    fresh = "".join(secrets.choice(ALPHABET) for _ in range(SHORTEST_TOKEN))
    values["tokens"][fresh] = {"session": session, "parent": parent, "used": None}
    return fresh


def active_of(values, session):
    tokens = values["tokens"].items()
    return next(value for value, token in tokens if token["session"] == session and token["used"] is None)


def end(values, session):
    """The refresh tokens go with their session."""
    del values["sessions"][session]
    values["tokens"] = {value: token for value, token in values["tokens"].items() if token["session"] != session}


def granted(values, session, refresh):
    user = user_of(values["sessions"][session])
    return {
        "access_token": issue(user["id"], ACCESS_SECONDS, session_id=session, role="authenticated", aud="authenticated"),
        "token_type": "bearer",
        "expires_in": ACCESS_SECONDS,
        "expires_at": int(time.time()) + ACCESS_SECONDS,
        "refresh_token": refresh,
        "user": user,
    }


def user_of(session):
    return {"id": session["user"], "aud": "authenticated", "email": f"{session['user']}@example.com"}


def session_of(values, request):
    bearer = bearer_of(request)
    if bearer is None:
        raise Refused(401, "no_authorization", "This endpoint requires a valid Bearer token")
    try:
        session = claims_of(bearer)["session_id"]
    except jwt.InvalidTokenError as error:
        raise Refused(403, "bad_jwt", f"invalid JWT: unable to parse or verify signature, {error}")
    if session not in values["sessions"]:
        raise Refused(403, "session_not_found", "Session from session_id claim in JWT does not exist")
    return session


@auth.get("/user")
def user(request: Request):
    with state.locked() as values:
        return user_of(values["sessions"][session_of(values, request)])


@auth.post("/logout", status_code=204)
def sign_out(request: Request, scope: str = "global"):
    with state.locked() as values:
        own = session_of(values, request)
        name = values["sessions"][own]["user"]
        ends = {"local": lambda id: id == own, "others": lambda id: id != own, "global": lambda id: True}.get(scope)
        if ends is None:
            raise Refused(400, "validation_failed", f"Unsupported logout scope {scope}")
        for id in [id for id, session in values["sessions"].items() if session["user"] == name and ends(id)]:
            end(values, id)
    return Response(status_code=204)


@rest.api_route("/notes", methods=["GET", "POST"])
def notes(request: Request):
    """A table behind PostgREST, which knows the JWT alone and no sessions."""
    try:
        return [{"user": claims_of(bearer_of(request))["sub"]}]
    except jwt.ExpiredSignatureError:
        return rest_refusal("PGRST303", "JWT expired")
    except jwt.InvalidTokenError:
        return rest_refusal("PGRST301", "JWT invalid")


def rest_refusal(code, message):
    challenge = {"www-authenticate": f'Bearer error="invalid_token", error_description="{message}"'}
    return JSONResponse({"code": code, "details": None, "hint": None, "message": message}, 401, challenge)


app.include_router(auth)
app.include_router(rest)

if __name__ == "__main__":
    serve_asgi(app)
