//! What an answer of a resource means to the session (Q3). The caller gets it whole, whatever has been read of it.

use std::{
    future::poll_fn,
    mem,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
    vec,
};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use reqwest::{
    Body, Response, ResponseBuilderExt,
    header::{CONTENT_TYPE, HeaderMap, WWW_AUTHENTICATE},
};
use tokio::time::timeout;

use super::Native;
use crate::{
    core::{
        json::Value,
        machine::{Input, Need},
        record::Stamp,
        resource::{Denial, ResourceRules},
    },
    driver::Session,
};

/// The most that is read of an answer, in bytes. `pkg/src/json.js` has the same limits.
const MAX_BODY: usize = 64 << 10;

/// The longest that an answer is kept from its caller.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tells the session what an answer to this token says of a newer one, and gives the answer back.
pub(super) async fn look_for_renewal(session: &Session<Native>, response: Response, than: Stamp) -> Response {
    let rules = &session.platform().access.rules;
    let header = rules.token_header.as_deref().and_then(|name| response.headers().get(name)?.to_str().ok());
    // Some servers write the scheme before the token.
    if let Some(access) = header.and_then(|value| value.split_ascii_whitespace().last()) {
        session.handle(Input::Offered { than, access: access.into() });
        return response;
    }
    let Some(flag) = &rules.flag else { return response };
    let (response, body) = peek_json(response).await;
    if body.is_some_and(|body| {
        Value::parse(&body).and_then(|body| body.at(flag)).is_some_and(|flag| flag.source() == "true")
    }) {
        // Nobody waits for it.
        session.handle(Input::Want { waiter: session.next_waiter(), need: Need::Newer { than } });
    }
    response
}

/// Whether an answer refuses the token. No refresh cures a lack of scope (RFC 6750 section 3.1) or of a recent or strong
/// enough login (RFC 9470 section 3), or a proof that is refused (RFC 9449 section 7.1).
pub(super) async fn is_refusal(rules: &ResourceRules, response: Response) -> (Response, bool) {
    let status = response.status().as_u16();
    let fitting: Vec<_> = rules.refusals.iter().filter(|refusal| refusal.is_of(status)).collect();
    let challenges = challenges(response.headers());
    let is_proof = |challenge: &&str| challenge.contains("use_dpop_nonce") || challenge.contains("invalid_dpop_proof");
    if fitting.is_empty() || Denial::in_challenges(&challenges).is_some() || challenges.iter().any(is_proof) {
        return (response, false);
    }
    if fitting.iter().any(|refusal| !refusal.looks_at_body()) {
        return (response, true);
    }
    let (response, body) = peek_json(response).await;
    let refused = body.is_some_and(|body| fitting.iter().any(|refusal| refusal.is_said_by(&body)));
    (response, refused)
}

impl Denial {
    /// What an answer says, and the answer, whole. Of a JSON body up to 64 KB are read.
    pub async fn in_response(response: Response) -> (Response, Option<Self>) {
        let status = response.status().as_u16();
        if !matches!(status, 401 | 403) {
            return (response, None);
        }
        let (response, body) = peek_json(response).await;
        let denial = Self::of(status, &challenges(response.headers()), &body.unwrap_or_default());
        (response, denial)
    }
}

fn challenges(headers: &HeaderMap) -> Vec<&str> {
    headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).collect()
}

/// The answer as if nothing had been read of it, and its body, where that is a JSON text of bounded length.
async fn peek_json(response: Response) -> (Response, Option<String>) {
    if !is_json(response.headers()) || response.content_length().is_some_and(|length| length > MAX_BODY as u64) {
        return (response, None);
    }
    let url = response.url().clone();
    let (mut parts, mut rest) = http::Response::from(response).into_parts();
    let mut read = Vec::new();
    // What does not end in time, or at all, goes on to the caller unread.
    let ended = timeout(PATIENCE, read_to_end(&mut rest, &mut read)).await.unwrap_or(false);
    let body = ended.then(|| read.iter().flatten().filter_map(Frame::data_ref).flatten().copied().collect());
    // `http::Response` knows no URL.
    if let Some(extensions) = http::Response::builder().url(url).extensions_mut() {
        parts.extensions.extend(mem::take(extensions));
    }
    let whole = Body::wrap(Replayed { read: read.into_iter(), rest });
    (http::Response::from_parts(parts, whole).into(), body.and_then(|body| String::from_utf8(body).ok()))
}

/// `application/json`, or a type that is written in it (RFC 6839 section 3.1).
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json" || media_type.ends_with("+json")
}

/// Reads until the end, and says whether that came within the limit and without an error.
async fn read_to_end(body: &mut Body, read: &mut Vec<reqwest::Result<Frame<Bytes>>>) -> bool {
    let mut length = 0;
    while length <= MAX_BODY {
        let Some(frame) = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await else { return true };
        length += frame.as_ref().ok().and_then(Frame::data_ref).map_or(0, Bytes::len);
        let failed = frame.is_err();
        read.push(frame);
        if failed {
            return false;
        }
    }
    false
}

/// A body whose beginning has been read.
struct Replayed {
    read: vec::IntoIter<reqwest::Result<Frame<Bytes>>>,
    rest: Body,
}

impl http_body::Body for Replayed {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<reqwest::Result<Frame<Bytes>>>> {
        match self.read.next() {
            Some(frame) => Poll::Ready(Some(frame)),
            None => Pin::new(&mut self.rest).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.read.as_slice().is_empty() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let read = self.read.as_slice().iter().flatten().filter_map(Frame::data_ref);
        let read: u64 = read.map(|data| data.len() as u64).sum();
        match self.rest.size_hint().exact() {
            Some(rest) => SizeHint::with_exact(read.saturating_add(rest)),
            None => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_channel::mpsc;

    use super::*;

    type Parts = mpsc::UnboundedSender<Result<&'static [u8], &'static str>>;

    /// An answer whose body comes as it is sent.
    fn answer(content_type: &str) -> (Parts, Response) {
        let (parts, body) = mpsc::unbounded();
        let response = http::Response::builder()
            .status(403)
            .header(CONTENT_TYPE, content_type)
            .url("https://api.example.com/a?b".parse().unwrap())
            .body(Body::wrap_stream(body))
            .unwrap();
        (parts, response.into())
    }

    fn say(parts: &Parts, part: &'static [u8]) {
        parts.unbounded_send(Ok(part)).unwrap();
    }

    #[tokio::test]
    async fn q5_an_answer_that_was_read_is_whole_again() {
        let (parts, response) = answer("application/problem+json; charset=utf-8");
        say(&parts, b"{\"code\":");
        say(&parts, b"1003}");
        drop(parts);
        let (response, body) = peek_json(response).await;
        assert_eq!(body.as_deref(), Some(r#"{"code":1003}"#));
        assert_eq!((response.status().as_u16(), response.url().as_str()), (403, "https://api.example.com/a?b"));
        assert_eq!(response.text().await.unwrap(), r#"{"code":1003}"#);
    }

    #[tokio::test]
    async fn q5_the_length_of_an_answer_stays_known() {
        let body = http::Response::builder().header(CONTENT_TYPE, "application/json").body("{}").unwrap();
        let (response, body) = peek_json(body.into()).await;
        assert_eq!((body.as_deref(), response.content_length()), (Some("{}"), Some(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn q5_an_answer_without_end_reaches_its_caller() {
        let (parts, response) = answer("application/json");
        say(&parts, b"[1,");
        let (mut response, body) = peek_json(response).await;
        assert_eq!(body, None);
        say(&parts, b"2");
        assert_eq!(response.chunk().await.unwrap().unwrap(), "[1,");
        assert_eq!(response.chunk().await.unwrap().unwrap(), "2");
    }

    #[tokio::test]
    async fn q5_a_large_answer_is_not_kept() {
        static PART: [u8; 40 << 10] = [b' '; 40 << 10];
        let (parts, response) = answer("application/json");
        (0..2).for_each(|_| say(&parts, &PART));
        let (response, body) = peek_json(response).await;
        assert_eq!(body, None);
        say(&parts, b"{}");
        drop(parts);
        assert_eq!(response.bytes().await.unwrap().len(), 2 * PART.len() + 2);
    }

    /// A body that says it is large, and must not be asked for more.
    struct Unread;

    impl http_body::Body for Unread {
        type Data = Bytes;
        type Error = reqwest::Error;

        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<reqwest::Result<Frame<Bytes>>>> {
            panic!("it is read");
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(MAX_BODY as u64 + 1)
        }
    }

    #[tokio::test]
    async fn q5_an_answer_that_says_it_is_large_is_not_begun() {
        let response =
            http::Response::builder().header(CONTENT_TYPE, "application/json").body(Body::wrap(Unread)).unwrap();
        assert_eq!(peek_json(response.into()).await.1, None);
    }

    #[tokio::test]
    async fn q5_an_answer_that_breaks_off_breaks_off_for_the_caller() {
        let (parts, response) = answer("application/json");
        say(&parts, b"{}");
        parts.unbounded_send(Err("cut off")).unwrap();
        let (mut response, body) = peek_json(response).await;
        assert_eq!(body, None);
        assert_eq!(response.chunk().await.unwrap().unwrap(), "{}");
        assert!(response.chunk().await.is_err());
    }

    #[tokio::test]
    async fn q5_only_json_is_read() {
        for content_type in ["text/html", "application/json-seq", "application/x-ndjson", "", "text/plain; a=+json"] {
            // It never ends: reading it would be waiting.
            let (_parts, response) = answer(content_type);
            assert_eq!(peek_json(response).await.1, None, "{content_type}");
        }
    }
}
