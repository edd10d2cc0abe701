"""The real Flask-JWT-Extended as a server for the tests: python -m flask_jwt --port N

The users are demo and other, each with its name as its password. Environment:
  EVERTOKEN_ACCESS_SECONDS   life of an access token (4)
  EVERTOKEN_REFRESH_SECONDS  life of a refresh token (3600)
  EVERTOKEN_COOKIES          1: the tokens are cookies, with CSRF double submit; 0: they are in headers (0)
  EVERTOKEN_EXPIRES_IN       1: with cookies, the answers say how long the access token lives (0)
  EVERTOKEN_STATE            file that keeps which tokens are revoked
"""

import time
from datetime import timedelta

from flask import Blueprint, Flask, g, jsonify, request
from flask_cors import CORS
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    get_jwt,
    get_jwt_identity,
    jwt_required,
    set_access_cookies,
    set_refresh_cookies,
    unset_jwt_cookies,
)

from common.record import Record
from common.serving import State, number, serve_wsgi, switch
from common.tokens import SECRET, USERS

ACCESS_SECONDS = number("EVERTOKEN_ACCESS_SECONDS", 4)
COOKIES = switch("EVERTOKEN_COOKIES")
EXPIRES_IN = switch("EVERTOKEN_EXPIRES_IN")

app = Flask(__name__)
app.config["JWT_SECRET_KEY"] = SECRET
app.config["JWT_TOKEN_LOCATION"] = ["cookies" if COOKIES else "headers"]
app.config["JWT_REFRESH_COOKIE_PATH"] = "/refresh"
app.config["JWT_ACCESS_TOKEN_EXPIRES"] = timedelta(seconds=ACCESS_SECONDS)
app.config["JWT_REFRESH_TOKEN_EXPIRES"] = timedelta(seconds=number("EVERTOKEN_REFRESH_SECONDS", 3600))
CORS(app, supports_credentials=COOKIES)
jwt = JWTManager(app)
state = State(revoked=[])
record = Record("/refresh")
control = Blueprint("control", __name__, url_prefix="/test")


@jwt.token_in_blocklist_loader
def is_revoked(_header, payload):
    with state.locked() as values:
        return payload["jti"] in values["revoked"]


@app.before_request
def arrived():
    if request.blueprint != control.name and request.method != "OPTIONS":
        g.arrival = record.arrived(request.method, request.path, request.headers.get("Authorization"))


@app.after_request
def answered(response):
    if "arrival" in g:
        time.sleep(record.answered(g.arrival, response.status_code))
    return response


@app.post("/login")
def sign_in():
    username = request.json.get("username")
    if username is None or USERS.get(username) != request.json.get("password"):
        return jsonify(msg="Bad username or password"), 401
    access, refresh = create_access_token(username, fresh=True), create_refresh_token(username)
    if not COOKIES:
        return jsonify(access_token=access, refresh_token=refresh)
    response = granted("login successful")
    set_access_cookies(response, access)
    set_refresh_cookies(response, refresh)
    return response


@app.post("/refresh")
@jwt_required(refresh=True)
def refresh():
    access = create_access_token(get_jwt_identity(), fresh=False)
    if not COOKIES:
        return jsonify(access_token=access)
    response = granted("refresh successful")
    set_access_cookies(response, access)
    return response


def granted(msg):
    return jsonify(msg=msg, expires_in=ACCESS_SECONDS) if EXPIRES_IN else jsonify(msg=msg)


if COOKIES:

    @app.post("/logout")
    def sign_out():
        response = jsonify(msg="logout successful")
        unset_jwt_cookies(response)
        return response

else:

    @app.route("/logout", methods=["DELETE", "POST"])
    @jwt_required(verify_type=False)
    def revoke():
        """Ends the token that was presented, and not the other one of the pair."""
        with state.locked() as values:
            values["revoked"].append(get_jwt()["jti"])
        return jsonify(msg=f"{get_jwt()['type'].capitalize()} token successfully revoked")


@app.route("/protected", methods=["GET", "POST"])
@jwt_required()
def protected():
    return jsonify(user=get_jwt_identity())


@app.get("/fresh")
@jwt_required(fresh=True)
def fresh():
    return jsonify(user=get_jwt_identity())


@control.get("/arrivals/")
def arrivals():
    return jsonify(record.arrivals())


@control.post("/delay/")
def delay():
    record.delay_refreshes(request.json["refresh_ms"])
    return jsonify({})


@control.post("/reset/")
def reset():
    record.reset()
    return jsonify({})


app.register_blueprint(control)

if __name__ == "__main__":
    serve_wsgi(app)
