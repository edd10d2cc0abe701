//! A client of tower's kind keeps the rules of `Client`.

use std::{
    convert::Infallible,
    future::{Ready, poll_fn, ready},
    task::{Context, Poll},
};

use axum::{
    Json,
    body::Bytes,
    http::{HeaderName, Request, Response, StatusCode, Uri, header::AUTHORIZATION},
    response::{IntoResponse, Redirect},
};
use evertoken::{Client, Error, Grant, Placement, Refusal, SessionLayer, SessionService};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client as Hyper, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::json;
use tower::{Layer, Service, ServiceBuilder, ServiceExt};
use tower_http::follow_redirect::FollowRedirectLayer;

use crate::common::{
    aged,
    api::{Api, first_pair, first_token_revoked, nothing_special},
};

type Body = Full<Bytes>;

fn hyper() -> Hyper<HttpConnector, Body> {
    Hyper::builder(TokioExecutor::new()).build_http()
}

fn layer(client: &Client) -> SessionLayer<Body> {
    SessionLayer::new(client.session().clone())
}

fn request(url: &str, body: &'static str) -> Request<Body> {
    Request::post(url).body(Body::from(body)).unwrap()
}

/// The status of the answer.
async fn ask(service: SessionService<Hyper<HttpConnector, Body>, Body>, request: Request<Body>) -> u16 {
    service.oneshot(request).await.unwrap().status().as_u16()
}

fn tokens(api: &Api, path: &str) -> Vec<String> {
    api.seen(path).iter().map(|seen| seen.authorization().into()).collect()
}

#[tokio::test]
async fn q3_a_401_is_cured_by_one_refresh_and_one_resend() {
    let api = Api::start(first_token_revoked).await;
    let service = layer(&api.client().await).layer(hyper());
    let request = Request::put(api.url("/here?a=1")).header("x-one", "1").body(Body::from("twice")).unwrap();
    let answer = service.oneshot(request).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "ok");
    assert_eq!(tokens(&api, "/here"), ["Bearer access-1", "Bearer access-2"]);
    let again = &api.seen("/here")[1];
    assert_eq!((again.method.as_str(), again.query.as_str(), again.text()), ("PUT", "a=1", "twice"));
    assert_eq!(again.header(HeaderName::from_static("x-one")), "1");
}

#[tokio::test]
async fn q3_a_refusal_in_the_body_is_seen_and_the_answer_is_whole() {
    let api = Api::start(|seen| (seen.path == "/here").then(|| Json(json!({ "code": 1003 })).into_response())).await;
    let builder = api.builder().refresh_on([Refusal::status(200).at("code").is(&["1003"])]);
    let service = layer(&api.client_of(builder, 3600).await).layer(hyper());
    let answer = service.oneshot(request(&api.url("/here"), "")).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), r#"{"code":1003}"#);
    assert_eq!(tokens(&api, "/here").len(), 2);
}

#[tokio::test]
async fn q4_a_body_that_is_not_copied_waits_for_a_fresh_token_and_is_sent_once() {
    let api = Api::start(|seen| (seen.path == "/here").then(|| StatusCode::UNAUTHORIZED.into_response())).await;
    let client = api.client().await;
    client.session().adopt(Grant::pair(&aged(3580, 20), Some("refresh-1")).unwrap()).await.unwrap();
    let once = SessionLayer::copying(client.session().clone(), |_| None);
    assert_eq!(ask(once.layer(hyper()), request(&api.url("/here"), "once")).await, 401);
    assert_eq!(tokens(&api, "/here"), ["Bearer access-2"]);
}

#[tokio::test]
async fn q1_q2_other_origins_relative_uris_and_own_credentials_are_left_alone() {
    let (api, other) = (Api::start(nothing_special).await, Api::start(nothing_special).await);
    let service = layer(&api.client().await).layer(hyper());
    ask(service.clone(), request(&other.url("/there"), "")).await;
    let own = Request::get(api.url("/here")).header(AUTHORIZATION, "Bearer mine").body(Body::default()).unwrap();
    ask(service, own).await;
    assert_eq!((tokens(&other, "/there"), tokens(&api, "/here")), (vec![String::new()], vec!["Bearer mine".into()]));

    let told = layer(&api.client().await).layer(Echo { is_ready: false });
    assert_eq!(told.oneshot(request("/here", "")).await.unwrap().headers().get(AUTHORIZATION), None);
}

#[tokio::test]
async fn q1_redirects_outside_of_the_layer_take_no_token_to_another_origin() {
    let other = Api::start(nothing_special).await;
    let target = other.url("/there");
    let api = Api::start(move |seen| match seen.path.as_str() {
        "/away" => Some(Redirect::temporary(&target).into_response()),
        "/near" => Some(Redirect::temporary("/here").into_response()),
        _ => None,
    });
    let api = api.await;
    let builder = api.builder().placement(Placement::Header { name: "Authorization".into(), scheme: "JWT".into() });
    let session = layer(&api.client_of(builder, 3600).await);
    let service = ServiceBuilder::new().layer(FollowRedirectLayer::new()).layer(session).service(hyper());
    for path in ["/away", "/near"] {
        assert_eq!(service.clone().oneshot(request(&api.url(path), "")).await.unwrap().status(), 200);
    }
    assert_eq!((tokens(&other, "/there"), tokens(&api, "/here")), (vec![String::new()], vec!["JWT access-1".into()]));
}

#[tokio::test]
async fn q6_a_token_in_the_query_is_replaced_in_the_resend() {
    let api =
        Api::start(|seen| (seen.query == "a=%20&token=access-1").then(|| StatusCode::UNAUTHORIZED.into_response()));
    let api = api.await;
    let builder = api.builder().placement(Placement::Query { name: "token".into() });
    let service = layer(&api.client_of(builder, 3600).await).layer(hyper());
    assert_eq!(ask(service, request(&api.url("/here?a=%20"), "")).await, 200);
    assert_eq!(api.seen("/here")[1].query, "a=%20&token=access-2");
}

#[tokio::test]
async fn s5_a_session_that_has_no_token_says_so_in_its_own_error() {
    let api = Api::start(|seen| (seen.path == "/token").then(|| StatusCode::NOT_FOUND.into_response())).await;
    let service = layer(&api.client_of(api.builder(), 0).await).layer(hyper());
    let error = service.oneshot(request(&api.url("/here"), "")).await.unwrap_err();
    assert_eq!(error.downcast_ref::<Error>().unwrap().code(), "misconfigured");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let service = layer(&api.client().await).layer(hyper());
    let error = service.oneshot(request(&format!("http://{closed}/"), "")).await.unwrap_err();
    assert!(error.is::<hyper_util::client::legacy::Error>(), "{error:?}");
}

/// Answers with the request's headers, and insists on being asked whether it is ready, each time.
#[derive(Debug)]
struct Echo {
    is_ready: bool,
}

impl Clone for Echo {
    fn clone(&self) -> Self {
        Self { is_ready: false }
    }
}

impl Service<Request<Body>> for Echo {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called before it was ready");
        let mut response = Response::new(Body::default());
        *response.headers_mut() = request.headers().clone();
        let refused = request.headers().get(AUTHORIZATION).is_some_and(|value| value == "Bearer access-1");
        *response.status_mut() = if refused { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        ready(Ok(response))
    }
}

#[tokio::test]
async fn the_inner_service_is_ready_for_each_sending() {
    let api = Api::start(nothing_special).await;
    let mut service = layer(&api.client().await).layer(Echo { is_ready: false });
    for expected in ["Bearer access-2", "Bearer access-2"] {
        poll_fn(|context| service.poll_ready(context)).await.unwrap();
        let answer = service.call(request(&api.url("/here"), "")).await.unwrap();
        assert_eq!(answer.headers()[AUTHORIZATION], expected);
    }
    assert_eq!(api.seen("/token").len(), 1);
}

#[tokio::test]
async fn s4_a_service_shows_no_token() {
    let api = Api::start(nothing_special).await;
    let client = api.client().await;
    client.session().adopt(first_pair()).await.unwrap();
    let service = layer(&client).layer(Echo { is_ready: false });
    let answer = service.clone().oneshot(request(&api.url("/here"), "")).await.unwrap();
    let shown = format!("{:?} {service:?} {:?}", layer(&client), answer.body());
    assert!(!shown.contains("access-") && !shown.contains("refresh-"), "{shown}");
}

/// Channels of tonic take URIs apart as they please; what they are given is what decides.
#[tokio::test]
async fn q1_the_uri_that_the_layer_sees_decides() {
    let api = Api::start(nothing_special).await;
    let service = layer(&api.client().await).layer(Echo { is_ready: false });
    let mut named = request("/here", "");
    *named.uri_mut() = api.url("/here").replace("http://", "http://user:pw@").parse::<Uri>().unwrap();
    let answer = service.oneshot(named).await.unwrap();
    assert_eq!(answer.headers()[AUTHORIZATION], "Bearer access-2");
}

#[cfg(feature = "dpop")]
#[tokio::test]
async fn a_bound_token_has_its_proof_and_a_challenge_its_answer() {
    use crate::common::dpop::{Bound, Rules, claims, nonces};

    let bound =
        Bound::start(Rules { token_nonce: Some("n"), api_nonce: Some("n"), revoked: "access-1", ..Rules::default() })
            .await;
    let service = layer(&bound.client(bound.pair()).await).layer(hyper());
    assert_eq!(ask(service, request(&bound.api.url("/items?page=2"), "")).await, 200);
    let seen = bound.api.seen("/items");
    assert_eq!((seen[2].authorization(), &claims(&seen[2])["htu"]), ("DPoP access-2", &bound.api.url("/items").into()));
    assert_eq!(nonces(&seen), [None, Some("n".into()), Some("n".into())]);
}
