//! The same sessions in the wire formats of other servers, for the clients that speak only these: an OAuth 2.0 token endpoint
//! (RFC 6749 section 6) and GoTrue's. Both refresh; signing in is SimpleJWT's.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Form, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sessions::Pair;
use crate::world::Shared;

#[derive(Deserialize)]
struct Request {
    refresh_token: String,
}

pub(crate) fn routes() -> Router<Shared> {
    Router::new().route("/oauth/token", post(oauth2)).route("/auth/v1/token", post(gotrue))
}

async fn oauth2(State(shared): State<Shared>, Form(request): Form<Request>) -> Response {
    match shared.refresh(&request.refresh_token).await {
        Ok(pair) => Json(members(&shared, pair)).into_response(),
        Err(_) => (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response(),
    }
}

async fn gotrue(State(shared): State<Shared>, Json(request): Json<Request>) -> Response {
    match shared.refresh(&request.refresh_token).await {
        Ok(pair) => {
            let mut members = members(&shared, pair);
            members["user"] = json!({ "id": "1", "aud": "authenticated" });
            Json(members).into_response()
        }
        Err(_) => {
            let problem = json!({ "error_code": "refresh_token_not_found", "msg": "Invalid Refresh Token" });
            (StatusCode::BAD_REQUEST, Json(problem)).into_response()
        }
    }
}

fn members(shared: &Shared, pair: Pair) -> Value {
    json!({
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "token_type": "bearer",
        "expires_in": shared.lock().sessions.access_lifetime(),
    })
}
