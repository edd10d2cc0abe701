//! A body whose beginning may have been read: whoever asks for it gets it whole (Q5).

use std::{
    fmt,
    future::poll_fn,
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
    vec,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use tokio::time::timeout;

/// The most that is read of an answer, in bytes. `pkg/src/json.js` has the same limits.
pub(super) const MAX_BODY: usize = 64 << 10;

/// The longest that an answer is kept from its caller.
const PATIENCE: Duration = Duration::from_secs(5);

/// The body of an answer that has passed through a session: the server's, whole.
#[cfg_attr(not(feature = "tower"), allow(unreachable_pub, reason = "the answers of a `SessionService` have it"))]
pub struct ResponseBody<B: Body> {
    read: vec::IntoIter<Result<Frame<B::Data>, B::Error>>,
    /// `None` once it has ended: not every body bears being asked again.
    rest: Option<Pin<Box<B>>>,
}

impl<B: Body<Data = Bytes>> ResponseBody<B> {
    pub(super) fn new(body: B) -> Self {
        Self { read: Vec::new().into_iter(), rest: Some(Box::pin(body)) }
    }

    /// The text, where it ends in time and within the limit.
    pub(super) async fn peek(&mut self) -> Option<String> {
        let mut read = Vec::new();
        // What does not end in time, or at all, goes on to the caller unread.
        let ended = timeout(PATIENCE, self.read_to_end(&mut read)).await.unwrap_or(false);
        let text = ended.then(|| read.iter().flatten().filter_map(Frame::data_ref).flatten().copied().collect());
        read.extend(mem::take(&mut self.read));
        self.read = read.into_iter();
        text.and_then(|text| String::from_utf8(text).ok())
    }

    /// Reads until the end, and says whether that came within the limit and without an error.
    async fn read_to_end(&mut self, read: &mut Vec<Result<Frame<Bytes>, B::Error>>) -> bool {
        let mut length = 0;
        while length <= MAX_BODY {
            let Some(frame) = poll_fn(|context| Pin::new(&mut *self).poll_frame(context)).await else { return true };
            length += frame.as_ref().ok().and_then(Frame::data_ref).map_or(0, Bytes::len);
            let failed = frame.is_err();
            read.push(frame);
            if failed {
                return false;
            }
        }
        false
    }
}

/// Whether a body of this length is worth reading.
pub(super) fn is_short_json(headers: &HeaderMap, length: Option<u64>) -> bool {
    is_json(headers) && length.is_none_or(|length| length <= MAX_BODY as u64)
}

/// `application/json`, or a type that is written in it (RFC 6839 section 3.1).
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json" || media_type.ends_with("+json")
}

impl<B: Body<Data = Bytes>> Body for ResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if let Some(frame) = self.read.next() {
            return Poll::Ready(Some(frame));
        }
        let Some(rest) = &mut self.rest else { return Poll::Ready(None) };
        let frame = ready!(rest.as_mut().poll_frame(context));
        if frame.is_none() {
            self.rest = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.read.as_slice().is_empty() && self.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let read = self.read.as_slice().iter().flatten().filter_map(Frame::data_ref);
        let read: u64 = read.map(|data| data.len() as u64).sum();
        match self.rest.as_ref().map_or(Some(0), |rest| rest.size_hint().exact()) {
            Some(rest) => SizeHint::with_exact(read.saturating_add(rest)),
            None => SizeHint::default(),
        }
    }
}

impl<B: Body> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseBody")
    }
}

impl<B: Body> Unpin for ResponseBody<B> {}
