//! Requests to the backend over reqwest.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use reqwest::{
    Client, Method, Response, Url,
    header::{ACCEPT, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};

use super::{
    Placement,
    options::{Access, is_permitted},
    wiped::{Wiped, append, into_text},
};
use crate::core::{
    Secret,
    http::{HttpAnswer, HttpRequest, MAX_ANSWER, TransportError},
    time::Delay,
};

/// How many redirects in a row are followed, as by reqwest itself.
const LONGEST_CHAIN: usize = 10;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// A client for the application's requests. No referrer carries a URL on that holds a token.
pub(super) fn request_client(access: &Access) -> reqwest::Result<Client> {
    Client::builder().referer(false).redirect(redirects(access)).build()
}

/// The redirects that leave the token where it is (Q1); others are errors.
///
/// Reqwest takes `Authorization` off the request that a redirect leads to another origin, but no further: where that one
/// is redirected within its origin, the header is back (tower-http before 0.7). What is in another header or in the URL it
/// takes along at once.
pub(super) fn redirects(access: &Access) -> Policy {
    let (origins, is_known) = (access.origins.clone(), access.placement == Placement::Bearer);
    Policy::custom(move |attempt| {
        let (next, previous) = (attempt.url().origin(), attempt.previous());
        let is_from = |url: Option<&Url>| url.is_some_and(|url| url.origin() == next);
        let has_token = previous.first().is_some_and(|first| is_permitted(&origins, first));
        let takes_along = has_token && !is_from(previous.first()) && (!is_known || is_from(previous.last()));
        if previous.len() > LONGEST_CHAIN {
            attempt.error("too many redirects")
        } else if takes_along {
            attempt.error("a redirect at another origin would take the token along")
        } else {
            attempt.follow()
        }
    })
}

/// A client for token endpoints only. It follows no redirect (Q1) and keeps no idle connection: after a sleep or a
/// change of network such a one is dead without knowing it, and a refresh sent into it is a lost answer (R5).
pub(super) fn endpoint_client() -> reqwest::Result<Client> {
    Client::builder()
        .redirect(Policy::none())
        .referer(false)
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT_LIMIT)
        .build()
}

/// Sends a request and reads its answer whole.
pub(super) async fn send(client: &Client, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
    answer(begin(client, request).await?).await
}

/// Sends a request; its answer begins.
pub(super) async fn begin(client: &Client, request: HttpRequest) -> Result<Response, TransportError> {
    // A method that cannot be sent reads like a host that cannot be found: nothing has left.
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| TransportError::Unreachable)?;
    let mut builder = client.request(method, request.url.expose()).header(ACCEPT, "application/json");
    for (name, value) in &request.headers {
        let mut value = HeaderValue::try_from(value.expose()).map_err(|_| TransportError::Unreachable)?;
        value.set_sensitive(true);
        builder = builder.header(name, value);
    }
    if let Some(body) = request.body {
        builder = builder.body(Bytes::from_owner(Exposed(body)));
    }
    builder.send().await.map_err(|error| problem(&error))
}

/// A secret as the bytes of a request: the very ones, which are wiped when they have been sent.
struct Exposed(Secret);

impl AsRef<[u8]> for Exposed {
    fn as_ref(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

/// Reads an answer whole.
pub(super) async fn answer(mut response: Response) -> Result<HttpAnswer, TransportError> {
    let headers = response.headers();
    let date = text(headers, DATE).and_then(http_date);
    let retry_after = text(headers, RETRY_AFTER).and_then(|value| retry_after(value, SystemTime::now()));
    let status = response.status().as_u16();
    let mut body = Wiped::default();
    while let Some(chunk) = response.chunk().await.map_err(|error| problem(&error))? {
        if body.len().saturating_add(chunk.len()) > MAX_ANSWER {
            return Err(TransportError::TooLarge);
        }
        append(&mut body, &chunk);
    }
    Ok(HttpAnswer {
        status,
        date,
        retry_after: retry_after.map(Delay::from),
        body: into_text(body),
        ..HttpAnswer::default()
    })
}

fn problem(error: &reqwest::Error) -> TransportError {
    if error.is_connect() {
        TransportError::Unreachable
    } else if error.is_timeout() {
        TransportError::TimedOut
    } else {
        TransportError::Interrupted
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

pub(super) fn http_date(value: &str) -> Option<i64> {
    let date = httpdate::parse_http_date(value).ok()?;
    i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// Seconds or a date (RFC 9110 section 10.2.3).
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r7_retry_after_is_read_in_both_forms() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(retry_after("120", now), Some(Duration::from_mins(2)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), Some(Duration::from_mins(1)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO), "in the past");
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-5", now), None);
    }
}
