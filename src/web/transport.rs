//! Requests to the backend over the global `fetch`.

use js_sys::{Date, JSON};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Response, ResponseType};

use super::global::{fetch, global};
use crate::core::{
    http::{HttpAnswer, HttpRequest, MAX_ANSWER, TransportError},
    json::Writer,
    secret::Secret,
};

/// Sends a request and reads its answer whole. `keepalive` lets it outlive the page (R6); redirects are not followed
/// and show as an `opaqueredirect` (Q1).
pub(super) async fn send(request: HttpRequest) -> Result<HttpAnswer, TransportError> {
    let init = JSON::parse(init(&request).expose()).map_err(|_| TransportError::Unreachable)?;
    let response = JsFuture::from(fetch(&request.url, &init)).await.map_err(|_| failure())?;
    let response: Response = response.unchecked_into();
    let headers = response.headers();
    let redirected = response.type_() == ResponseType::Opaqueredirect;
    let text = response.text().map_err(|_| TransportError::Interrupted)?;
    let body = JsFuture::from(text).await.map_err(|_| TransportError::Interrupted)?;
    let body = Secret::new(body.as_string().unwrap_or_default());
    if body.expose().len() > MAX_ANSWER {
        return Err(TransportError::TooLarge);
    }
    Ok(HttpAnswer {
        status: if redirected { 0 } else { response.status() },
        date: header(&headers, "date").and_then(|value| milliseconds(Date::parse(&value))),
        retry_after: header(&headers, "retry-after").and_then(|value| retry_after(&value)),
        body,
    })
}

/// The request as `fetch` takes it, by way of JSON: one call instead of one for each member.
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

/// A page is not told why a request failed. While the browser knows itself offline, nothing has left.
fn failure() -> TransportError {
    match global().navigator().and_then(|navigator| navigator.on_line()) {
        Some(false) => TransportError::Unreachable,
        _ => TransportError::Interrupted,
    }
}

/// A header's value, where the page may read it (CORS exposes neither `Date` nor `Retry-After` by itself).
fn header(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name).ok().flatten()
}

fn milliseconds(number: f64) -> Option<i64> {
    number.is_finite().then_some(number as i64)
}

/// Seconds or a date (RFC 9110 section 10.2.3), as milliseconds from now.
fn retry_after(value: &str) -> Option<i64> {
    match value.trim().parse::<u32>() {
        Ok(seconds) => Some(i64::from(seconds) * 1000),
        Err(_) => milliseconds(Date::parse(value) - Date::now()).map(|wait| wait.max(0)),
    }
}
