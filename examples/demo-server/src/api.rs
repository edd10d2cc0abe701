//! The endpoints that a SimpleJWT project has, and one protected resource.

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use crate::sessions::{Pair, Refused};
use crate::world::{Shared, unix_time};

pub(crate) fn routes(shared: &Shared) -> Router<Shared> {
    Router::new()
        .route("/api/token/", post(sign_in))
        .route("/api/token/refresh/", post(refresh))
        .route("/api/token/verify/", post(verify))
        .route("/api/token/blacklist/", post(blacklist))
        .route("/api/protected/", get(protected).post(protected))
        .layer(from_fn_with_state(shared.clone(), outage))
}

/// Answers like a proxy whose server is gone: HTML, and nothing that a token endpoint would say.
async fn outage(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    if shared.lock().outage().is_zero() {
        return next.run(request).await;
    }
    let page = Html("<h1>503 Service Unavailable</h1>\n");
    (StatusCode::SERVICE_UNAVAILABLE, page).into_response()
}

async fn sign_in(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Result<Json<Pair>, Problem> {
    let [username, password] = fields(&headers, &body, ["username", "password"])?;
    let now = unix_time().as_secs();
    let pair = shared.lock().sessions.sign_in(now, &username, &password)?;
    Ok(Json(pair))
}

async fn refresh(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Result<Json<Pair>, Problem> {
    let [token] = fields(&headers, &body, ["refresh"])?;
    Ok(Json(shared.refresh(&token).await?))
}

async fn verify(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Result<Json<Value>, Problem> {
    let [token] = fields(&headers, &body, ["token"])?;
    shared.lock().sessions.verify(unix_time().as_secs(), &token)?;
    Ok(Json(json!({})))
}

async fn blacklist(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Result<Json<Value>, Problem> {
    let [token] = fields(&headers, &body, ["refresh"])?;
    shared.lock().sessions.blacklist(unix_time().as_secs(), &token)?;
    Ok(Json(json!({})))
}

async fn protected(State(shared): State<Shared>, headers: HeaderMap) -> Result<Json<Value>, Problem> {
    let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    // SimpleJWT knows the scheme with a capital B only.
    let token = token.and_then(|value| value.strip_prefix("Bearer "));
    let now = unix_time();
    let user = shared.lock().sessions.authorize(now.as_secs(), token);
    match (user, token) {
        (Ok(user), _) => Ok(Json(json!({ "user": user, "time": now.as_secs_f64() }))),
        (Err(reason), Some(_)) => Err(Problem::unauthorized(json!({
            "detail": "Given token not valid for any token type",
            "code": "token_not_valid",
            "messages": [{
                "token_class": "AccessToken",
                "token_type": "access",
                "message": reason.detail(),
            }],
        }))),
        (Err(_), None) => {
            let detail = "Authentication credentials were not provided.";
            Err(Problem::unauthorized(json!({ "detail": detail })))
        }
    }
}

/// The named text fields of a JSON body; without them, what Django REST framework answers.
fn fields<const N: usize>(headers: &HeaderMap, body: &[u8], names: [&str; N]) -> Result<[String; N], Problem> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default();
    if !media_type.starts_with("application/json") {
        let detail = format!("Unsupported media type \"{media_type}\" in request.");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, json!({ "detail": detail })));
    }
    let body: Value = serde_json::from_slice(body).map_err(|error| {
        let detail = format!("JSON parse error - {error}");
        Problem::new(StatusCode::BAD_REQUEST, json!({ "detail": detail }))
    })?;
    let missing = names.into_iter().filter(|name| !body[*name].is_string());
    let missing: Map<_, _> = missing.map(|name| (name.to_owned(), json!(["This field is required."]))).collect();
    if missing.is_empty() {
        Ok(names.map(|name| body[name].as_str().unwrap_or_default().to_owned()))
    } else {
        Err(Problem::new(StatusCode::BAD_REQUEST, missing.into()))
    }
}

/// An answer that is not the one hoped for.
struct Problem {
    status: StatusCode,
    body: Value,
}

impl Problem {
    fn new(status: StatusCode, body: Value) -> Self {
        Self { status, body }
    }

    fn unauthorized(body: Value) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, body)
    }
}

impl From<Refused> for Problem {
    fn from(reason: Refused) -> Self {
        Self::unauthorized(match reason {
            Refused::Credentials => json!({ "detail": reason.detail() }),
            _ => json!({ "detail": reason.detail(), "code": "token_not_valid" }),
        })
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static(r#"Bearer realm="api""#);
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
