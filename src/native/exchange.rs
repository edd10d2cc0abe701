//! A request with the session's token, whatever carries it (Q1 to Q6).

use reqwest::{
    Method, StatusCode, Url,
    header::{HeaderMap, HeaderValue},
};

use super::{Native, Placement, answer, options::is_permitted, traces::sent_again};
use crate::{
    core::{Error, OptionError, machine::Need},
    driver::{AccessToken, Session},
};

/// What sends a request and brings its answer back.
pub(super) trait Carrier: Send {
    type Request: Outgoing;
    type Answer: Answer;
    type Error: From<Error> + Send;

    fn send(&mut self, request: Self::Request) -> impl Future<Output = Result<Self::Answer, Self::Error>> + Send;
}

/// A request that has not left.
pub(super) trait Outgoing: Sized + Send {
    /// Where it goes, if that is an absolute URL.
    fn url(&self) -> Option<&Url>;

    #[cfg_attr(not(feature = "dpop"), allow(dead_code, reason = "proofs name it"))]
    fn method(&self) -> &Method;

    fn headers(&self) -> &HeaderMap;

    fn headers_mut(&mut self) -> &mut HeaderMap;

    fn append_query(&mut self, name: &str, value: &str) -> Result<(), Error>;

    /// The same once more; `None` where the body can be sent only once.
    fn try_clone(&self) -> Option<Self>;
}

/// An answer whose body may not have arrived yet.
pub(super) trait Answer: Sized + Send {
    fn status(&self) -> StatusCode;

    fn headers(&self) -> &HeaderMap;

    /// Where it comes from, if its carrier follows redirects.
    fn url(&self) -> Option<&Url>;

    /// The answer as if nothing had been read of it, and its body, where that is a JSON text of bounded length.
    fn peek_json(self) -> impl Future<Output = (Self, Option<String>)> + Send;
}

/// Sends a request as [`Client::execute`](super::Client::execute) says.
pub(super) async fn execute<C: Carrier>(
    session: &Session<Native>,
    carrier: &mut C,
    request: C::Request,
) -> Result<C::Answer, C::Error> {
    let Some(url) = request.url().filter(|url| takes_token(session, &request, url)) else {
        return carrier.send(request).await;
    };
    let origin = url.origin();
    let replay = request.try_clone();
    let need = if replay.is_some() { Need::Live } else { Need::Fresh };
    let token = match session.token_for(need).await {
        Ok(token) => token,
        Err(Error::SignedOut) => return carrier.send(request).await,
        Err(error) => return Err(error.into()),
    };
    let answer = send_with(session, carrier, request, &token).await?;
    // Where a redirect led to another origin, the token stayed behind: that answer says nothing about it.
    if answer.url().is_some_and(|url| url.origin() != origin) {
        return Ok(answer);
    }
    let answer = answer::look_for_renewal(session, answer, token.0.stamp).await;
    let Some(replay) = replay else { return Ok(answer) };
    let (answer, refused) = answer::is_refusal(&session.platform().access.rules, answer).await;
    if !refused {
        return Ok(answer);
    }
    // Without a newer token the 401 is the answer; events tell why there is none.
    let Ok(newer) = session.token_for(Need::Newer { than: token.0.stamp }).await else { return Ok(answer) };
    sent_again(answer.status().as_u16(), &newer.0);
    send_with(session, carrier, replay, &newer).await
}

/// Sends a request with the token, and with a proof where the token is bound to a key.
async fn send_with<C: Carrier>(
    session: &Session<Native>,
    carrier: &mut C,
    mut request: C::Request,
    token: &AccessToken,
) -> Result<C::Answer, C::Error> {
    let platform = session.platform();
    let placement = &platform.access.placement;
    #[cfg(feature = "dpop")]
    if let Some(of) = token.0.key.order(token.0.skew).get() {
        if *placement != Placement::Bearer {
            return Err(Error::InvalidOption { field: "placement", problem: OptionError::NotForBound }.into());
        }
        return platform.prover.send(carrier, request, of, &token.0.access).await;
    }
    place(placement, &mut request, token)?;
    carrier.send(request).await
}

/// Whether the token goes with this request: to a permitted origin (Q1), and not over a caller's own
/// credentials (Q2).
fn takes_token(session: &Session<Native>, request: &impl Outgoing, url: &Url) -> bool {
    let access = &session.platform().access;
    let own = match &access.placement {
        Placement::Query { name } => url.query_pairs().any(|(own, _)| own == *name),
        placement => placement.header().is_some_and(|name| request.headers().contains_key(name)),
    };
    !own && is_permitted(&access.origins, url)
}

fn place(placement: &Placement, request: &mut impl Outgoing, token: &AccessToken) -> Result<(), Error> {
    let text = match placement {
        Placement::Bearer => ["Bearer ", token.as_str()].concat(),
        Placement::Header { scheme, .. } if scheme.is_empty() => token.as_str().into(),
        Placement::Header { scheme, .. } => [scheme, " ", token.as_str()].concat(),
        Placement::Query { name } => return request.append_query(name, token.as_str()),
    };
    let mut value = HeaderValue::try_from(text).map_err(|_| unusable())?;
    value.set_sensitive(true);
    request.headers_mut().insert(placement.header().ok_or_else(unusable)?, value);
    Ok(())
}

/// The token cannot be placed as the option says.
pub(super) fn unusable() -> Error {
    Error::InvalidOption { field: "placement", problem: OptionError::NotAHeader }
}
