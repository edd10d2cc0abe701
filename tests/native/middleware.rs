//! A client of reqwest-middleware keeps the rules of `Client`, whatever else is in its chain.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    http::{Extensions, HeaderValue, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Redirect},
};
use evertoken::{Client, Error, OptionError, Placement, SessionMiddleware};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use reqwest_retry::{RetryTransientMiddleware, policies::ExponentialBackoff};

use crate::{
    bodies::stream,
    common::api::{Api, first_token_revoked, nothing_special},
};

fn middleware(client: &Client) -> SessionMiddleware {
    SessionMiddleware::new(client.session().clone()).unwrap()
}

/// The same session in a client with middleware.
fn chained(client: &Client) -> ClientWithMiddleware {
    let http = reqwest::Client::builder().redirect(client.session().redirect_policy()).build().unwrap();
    ClientBuilder::new(http).with(middleware(client)).build()
}

/// What was sent to this path, by its token.
fn tokens(api: &Api, path: &str) -> Vec<String> {
    api.seen(path).iter().map(|seen| seen.authorization().into()).collect()
}

#[tokio::test]
async fn q3_a_401_is_cured_by_one_refresh_and_one_resend() {
    let api = Api::start(first_token_revoked).await;
    let client = chained(&api.client().await);
    let answer = client.post(api.url("/here")).body("twice").send().await.unwrap();
    assert_eq!((answer.status(), answer.text().await.unwrap().as_str()), (StatusCode::OK, "ok"));
    assert_eq!(tokens(&api, "/here"), ["Bearer access-1", "Bearer access-2"]);
    assert_eq!(api.seen("/here")[1].text(), "twice");
    assert_eq!(api.seen("/token").len(), 1);
}

#[tokio::test]
async fn q4_a_stream_is_sent_once() {
    let api = Api::start(first_token_revoked).await;
    let client = chained(&api.client().await);
    let answer = client.post(api.url("/here")).body(stream("once")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), tokens(&api, "/here").len()), (401, 1));
}

#[tokio::test]
async fn q1_q2_other_origins_and_own_credentials_are_left_alone() {
    let (api, other) = (Api::start(nothing_special).await, Api::start(nothing_special).await);
    let client = chained(&api.client().await);
    client.get(other.url("/there")).send().await.unwrap();
    client.get(api.url("/here")).bearer_auth("mine").send().await.unwrap();
    assert_eq!((tokens(&other, "/there"), tokens(&api, "/here")), (vec![String::new()], vec!["Bearer mine".into()]));
}

#[tokio::test]
async fn q1_the_token_follows_no_redirect_to_another_origin() {
    let other = Api::start(|_| Some(StatusCode::UNAUTHORIZED.into_response())).await;
    let target = other.url("/there");
    let api = Api::start(move |seen| (seen.path == "/away").then(|| Redirect::temporary(&target).into_response()));
    let api = api.await;
    let answer = chained(&api.client().await).get(api.url("/away")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(
        (tokens(&api, "/away"), tokens(&other, "/there")),
        (vec!["Bearer access-1".into()], vec![String::new()])
    );
    assert!(api.seen("/token").is_empty(), "that 401 says nothing about the token");
}

#[tokio::test]
async fn q1_a_placement_that_reqwest_would_take_along_is_refused() {
    let api = Api::start(nothing_special).await;
    let header = |name: &str| Placement::Header { name: name.into(), scheme: "JWT".into() };
    for (placement, fits) in [
        (header("authorization"), true),
        (header("X-Token"), false),
        (Placement::Query { name: "token".into() }, false),
    ] {
        let session = api.builder().placement(placement.clone()).build().await.unwrap();
        let refused = Error::InvalidOption { field: "placement", problem: OptionError::FollowsRedirects };
        assert_eq!(SessionMiddleware::new(session).err(), (!fits).then_some(refused), "{placement:?}");
    }
}

#[tokio::test]
async fn s5_a_session_that_has_no_token_says_so_in_its_own_error() {
    let api = Api::start(|seen| (seen.path == "/token").then(|| StatusCode::NOT_FOUND.into_response())).await;
    let client = chained(&api.client_of(api.builder(), 0).await);
    let reqwest_middleware::Error::Middleware(error) = client.get(api.url("/here")).send().await.unwrap_err() else {
        panic!("not the middleware's");
    };
    assert_eq!(error.downcast_ref::<Error>().unwrap().code(), "misconfigured");
    assert!(api.seen("/here").is_empty());
}

/// Notes what each request that passes by carries.
#[derive(Clone, Default)]
struct Watch(Arc<Mutex<Vec<bool>>>);

#[async_trait::async_trait]
impl Middleware for Watch {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        assert!(request.headers().get(AUTHORIZATION).is_none_or(HeaderValue::is_sensitive));
        self.0.lock().unwrap().push(request.headers().contains_key(AUTHORIZATION));
        next.run(request, extensions).await
    }
}

#[tokio::test]
async fn what_comes_before_sees_no_token_and_what_comes_after_sees_each_sending() {
    let api = Api::start(first_token_revoked).await;
    let client = api.client().await;
    let (before, after) = (Watch::default(), Watch::default());
    let chain = ClientBuilder::new(reqwest::Client::new())
        .with(before.clone())
        .with(middleware(&client))
        .with(after.clone())
        .build();
    chain.get(api.url("/here")).send().await.unwrap();
    assert_eq!(
        (before.0.lock().unwrap().as_slice(), after.0.lock().unwrap().as_slice()),
        (&[false][..], &[true; 2][..])
    );
}

#[tokio::test]
async fn each_try_of_a_retry_has_a_live_token() {
    let tries = AtomicU32::new(0);
    // Down at first, then it knows nothing of the first token.
    let api = Api::start(move |seen| {
        let is_first = seen.path == "/here" && tries.fetch_add(1, Ordering::Relaxed) == 0;
        if is_first { Some(StatusCode::BAD_GATEWAY.into_response()) } else { first_token_revoked(seen) }
    });
    let api = api.await;
    let client = api.client().await;
    let retries = ExponentialBackoff::builder()
        .retry_bounds(Duration::from_millis(1), Duration::from_millis(1))
        .build_with_max_retries(2);
    let chain = ClientBuilder::new(reqwest::Client::new())
        .with(RetryTransientMiddleware::new_with_policy(retries))
        .with(middleware(&client))
        .build();
    assert_eq!(chain.get(api.url("/here")).send().await.unwrap().status(), 200);
    assert_eq!(tokens(&api, "/here"), ["Bearer access-1", "Bearer access-1", "Bearer access-2"]);
}

#[cfg(feature = "dpop")]
#[tokio::test]
async fn a_bound_token_has_its_proof_and_a_challenge_its_answer() {
    use crate::common::dpop::{Bound, Rules, nonces};

    let bound =
        Bound::start(Rules { token_nonce: Some("n"), api_nonce: Some("n"), revoked: "access-1", ..Rules::default() })
            .await;
    let client = chained(&bound.client(bound.pair()).await);
    assert_eq!(client.get(bound.api.url("/items")).send().await.unwrap().status(), 200);
    let seen = bound.api.seen("/items");
    assert_eq!(seen[2].authorization(), "DPoP access-2");
    assert_eq!(nonces(&seen), [None, Some("n".into()), Some("n".into())]);
}
