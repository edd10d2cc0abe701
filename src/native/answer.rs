//! What an answer of a resource means to the session (Q3). The caller gets it whole, whatever has been read of it.

use std::mem;

use reqwest::{
    Body, Response, ResponseBuilderExt, StatusCode, Url,
    header::{HeaderMap, WWW_AUTHENTICATE},
};

use super::{Native, ResponseBody, exchange::Answer, response_body::is_short_json};
use crate::{
    core::{
        json::Value,
        machine::{Input, Need},
        record::Stamp,
        resource::{Denial, ResourceRules},
    },
    driver::Session,
};

/// Tells the session what an answer to this token says of a newer one, and gives the answer back.
pub(super) async fn look_for_renewal<A: Answer>(session: &Session<Native>, answer: A, than: Stamp) -> A {
    let rules = &session.platform().access.rules;
    let header = rules.token_header.as_deref().and_then(|name| answer.headers().get(name)?.to_str().ok());
    // Some servers write the scheme before the token.
    if let Some(access) = header.and_then(|value| value.split_ascii_whitespace().last()) {
        session.handle(Input::Offered { than, access: access.into() });
        return answer;
    }
    let Some(flag) = &rules.flag else { return answer };
    let (answer, body) = answer.peek_json().await;
    if body.is_some_and(|body| {
        Value::parse(&body).and_then(|body| body.at(flag)).is_some_and(|flag| flag.source() == "true")
    }) {
        // Nobody waits for it.
        session.handle(Input::Want { waiter: session.next_waiter(), need: Need::Newer { than } });
    }
    answer
}

/// Whether an answer refuses the token. No refresh cures a lack of scope (RFC 6750 section 3.1) or of a recent or strong
/// enough login (RFC 9470 section 3), or a proof that is refused (RFC 9449 section 7.1).
pub(super) async fn is_refusal<A: Answer>(rules: &ResourceRules, answer: A) -> (A, bool) {
    let status = answer.status().as_u16();
    let fitting: Vec<_> = rules.refusals.iter().filter(|refusal| refusal.is_of(status)).collect();
    let challenges = challenges(answer.headers());
    let is_proof = |challenge: &&str| challenge.contains("use_dpop_nonce") || challenge.contains("invalid_dpop_proof");
    if fitting.is_empty() || Denial::in_challenges(&challenges).is_some() || challenges.iter().any(is_proof) {
        return (answer, false);
    }
    if fitting.iter().any(|refusal| !refusal.looks_at_body()) {
        return (answer, true);
    }
    let (answer, body) = answer.peek_json().await;
    let refused = body.is_some_and(|body| fitting.iter().any(|refusal| refusal.is_said_by(&body)));
    (answer, refused)
}

impl Denial {
    /// What an answer says, and the answer, whole. Of a JSON body up to 64 KB are read.
    pub async fn in_response(response: Response) -> (Response, Option<Self>) {
        let status = response.status().as_u16();
        if !matches!(status, 401 | 403) {
            return (response, None);
        }
        let (response, body) = response.peek_json().await;
        let denial = Self::of(status, &challenges(response.headers()), &body.unwrap_or_default());
        (response, denial)
    }
}

fn challenges(headers: &HeaderMap) -> Vec<&str> {
    headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).collect()
}

impl Answer for Response {
    fn status(&self) -> StatusCode {
        self.status()
    }

    fn headers(&self) -> &HeaderMap {
        self.headers()
    }

    fn url(&self) -> Option<&Url> {
        Some(self.url())
    }

    async fn peek_json(self) -> (Self, Option<String>) {
        if !is_short_json(self.headers(), self.content_length()) {
            return (self, None);
        }
        let url = self.url().clone();
        let (mut parts, body) = http::Response::from(self).into_parts();
        let mut body = ResponseBody::new(body);
        let text = body.peek().await;
        // `http::Response` knows no URL.
        if let Some(extensions) = http::Response::builder().url(url).extensions_mut() {
            parts.extensions.extend(mem::take(extensions));
        }
        (http::Response::from_parts(parts, Body::wrap(body)).into(), text)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        task::{Context, Poll},
    };

    use bytes::Bytes;
    use futures_channel::mpsc;
    use http_body::{Frame, SizeHint};
    use reqwest::header::CONTENT_TYPE;

    use super::*;
    use crate::native::response_body::MAX_BODY;

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
        let (response, body) = response.peek_json().await;
        assert_eq!(body.as_deref(), Some(r#"{"code":1003}"#));
        assert_eq!((response.status().as_u16(), response.url().as_str()), (403, "https://api.example.com/a?b"));
        assert_eq!(response.text().await.unwrap(), r#"{"code":1003}"#);
    }

    #[tokio::test]
    async fn q5_the_length_of_an_answer_stays_known() {
        let body = http::Response::builder().header(CONTENT_TYPE, "application/json").body("{}").unwrap();
        let (response, body) = Response::from(body).peek_json().await;
        assert_eq!((body.as_deref(), response.content_length()), (Some("{}"), Some(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn q5_an_answer_without_end_reaches_its_caller() {
        let (parts, response) = answer("application/json");
        say(&parts, b"[1,");
        let (mut response, body) = response.peek_json().await;
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
        let (response, body) = response.peek_json().await;
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
        assert_eq!(Response::from(response).peek_json().await.1, None);
    }

    #[tokio::test]
    async fn q5_an_answer_that_breaks_off_breaks_off_for_the_caller() {
        let (parts, response) = answer("application/json");
        say(&parts, b"{}");
        parts.unbounded_send(Err("cut off")).unwrap();
        let (mut response, body) = response.peek_json().await;
        assert_eq!(body, None);
        assert_eq!(response.chunk().await.unwrap().unwrap(), "{}");
        assert!(response.chunk().await.is_err());
    }

    /// A body that must not be asked again after its end.
    struct Once(Option<Bytes>, bool);

    impl http_body::Body for Once {
        type Data = Bytes;
        type Error = reqwest::Error;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<reqwest::Result<Frame<Bytes>>>> {
            assert!(!self.1, "it has ended");
            self.1 = self.0.is_none();
            Poll::Ready(self.0.take().map(|data| Ok(Frame::data(data))))
        }
    }

    #[tokio::test]
    async fn q5_an_answer_that_was_read_to_its_end_is_not_asked_again() {
        let body = Body::wrap(Once(Some(Bytes::from_static(b"{}")), false));
        let response = http::Response::builder().header(CONTENT_TYPE, "application/json").body(body).unwrap();
        let (response, _) = Response::from(response).peek_json().await;
        let (response, body) = response.peek_json().await;
        assert_eq!(body.as_deref(), Some("{}"));
        assert_eq!(response.text().await.unwrap(), "{}");
    }

    #[tokio::test]
    async fn q5_only_json_is_read() {
        for content_type in ["text/html", "application/json-seq", "application/x-ndjson", "", "text/plain; a=+json"] {
            // It never ends: reading it would be waiting.
            let (_parts, response) = answer(content_type);
            assert_eq!(response.peek_json().await.1, None, "{content_type}");
        }
    }
}
