//! Requests to the backend over the global `fetch`.

use wasm_bindgen_futures::JsFuture;

use super::bindings;
use crate::core::{
    Secret,
    http::{HttpAnswer, HttpRequest, MAX_ANSWER, TransportError},
    json::{Value, Writer},
};

/// Sends a request and reads its answer whole. `keepalive` lets it outlive the page (R6); redirects are not followed
/// (Q1).
pub(super) async fn send(request: HttpRequest) -> Result<HttpAnswer, TransportError> {
    let init = init(&request);
    let answer = JsFuture::from(bindings::send(&request.url, init.expose())).await;
    let answer = answer.map_err(|reason| match reason.as_string().as_deref() {
        Some("offline") => TransportError::Unreachable,
        _ => TransportError::Interrupted,
    })?;
    let answer = Secret::new(answer.as_string().unwrap_or_default());
    if answer.expose().len() > MAX_ANSWER {
        return Err(TransportError::TooLarge);
    }
    read(answer.expose()).ok_or(TransportError::Interrupted)
}

/// The request as `fetch` takes it, as JSON text.
fn init(request: &HttpRequest) -> Secret {
    let headers = Writer::object()
        .text("accept", "application/json")
        .optional_text("content-type", request.content_type)
        .optional_text("authorization", request.authorization.as_ref().map(Secret::expose))
        .end();
    let init = Writer::object()
        .text("method", request.method.as_str())
        .raw("headers", &headers)
        .optional_text("body", request.body.as_ref().map(Secret::expose))
        .text("redirect", "manual")
        .text("cache", "no-store")
        .raw("keepalive", "true")
        .end();
    Secret::new(init)
}

/// Status, date and retry-after, a line each, then the body.
fn read(answer: &str) -> Option<HttpAnswer> {
    let mut lines = answer.splitn(4, '\n');
    let mut number = || Some(Value::parse(lines.next()?).and_then(|number| number.as_integer()));
    let (status, date, retry_after) = (number()??, number()?, number()?);
    Some(HttpAnswer { status: u16::try_from(status).ok()?, date, retry_after, body: lines.next()?.into() })
}
