//! Q3: servers that refuse a token in another way than by 401.

use std::time::Duration;

use axum::{
    Json,
    http::{StatusCode, header::WWW_AUTHENTICATE},
    response::{IntoResponse, Response},
};
use evertoken::{
    Client, Credentials, Denial, OAuth2, Refusal, Session,
    backend::{Backend, Endpoint, HttpAnswer, HttpRequest, Outcome, ResourceRules, Tokens},
};
use serde_json::{Value, json};

use crate::common::api::{Api, Seen, first_pair};

/// `/here` answers like this to every token.
fn always(status: u16, body: Value) -> impl Fn(&Seen) -> Option<Response> {
    move |seen| (seen.path == "/here").then(|| (StatusCode::from_u16(status).unwrap(), Json(&body)).into_response())
}

/// `/here` answers like this to `access-1`.
fn at_first(status: u16, body: Value) -> impl Fn(&Seen) -> Option<Response> {
    let refuse = always(status, body);
    move |seen| refuse(seen).filter(|_| seen.authorization() == "Bearer access-1")
}

async fn client(api: &Api, refusals: impl IntoIterator<Item = Refusal>) -> Client {
    api.client_of(api.builder().refresh_on(refusals), 3600).await
}

/// Requests to `/here`, and refreshes.
fn sent(api: &Api) -> (usize, usize) {
    (api.seen("/here").len(), api.seen("/token").len())
}

#[tokio::test]
async fn q3_what_the_body_says_refuses_the_token() {
    let django = Refusal::status(403).at("code").is(&["token_not_valid"]);
    let flask = Refusal::status(422).at("msg").is(&["Signature verification failed"]);
    let envelope = Refusal::status(200).at("result.code").is(&["1003"]);
    for (refusal, body) in [
        (django, json!({ "detail": "Given token not valid for any token type", "code": "token_not_valid" })),
        (flask, json!({ "msg": "Signature verification failed" })),
        (envelope, json!({ "result": { "code": 1003 } })),
    ] {
        let status = if body["code"].is_string() {
            403
        } else if body["msg"].is_string() {
            422
        } else {
            200
        };
        let api = Api::start(at_first(status, body)).await;
        let answer = client(&api, [refusal]).await.get(api.url("/here")).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "ok");
        assert_eq!(sent(&api), (2, 1));
    }
}

#[tokio::test]
async fn q3_another_body_is_the_callers_answer_and_whole() {
    let body = json!({ "code": "permission_denied", "detail": "no" });
    let api = Api::start(always(403, body.clone())).await;
    let refusal = Refusal::status(403).at("code").is(&["token_not_valid"]);
    let answer = client(&api, [refusal]).await.get(api.url("/here?a=b")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.url().as_str()), (403, api.url("/here?a=b").as_str()));
    assert!(answer.remote_addr().is_some() && answer.headers().contains_key("date"));
    assert_eq!(answer.content_length(), Some(body.to_string().len() as u64));
    assert_eq!(answer.json::<Value>().await.unwrap(), body);
    assert_eq!(sent(&api), (1, 0));
}

#[tokio::test]
async fn q3_the_rules_are_all_there_is() {
    let api = Api::start(always(401, json!({}))).await;
    let answer = client(&api, [Refusal::status(403)]).await.get(api.url("/here")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), sent(&api)), (401, (1, 0)));
}

#[tokio::test]
async fn q3_the_second_refusal_is_the_callers_answer() {
    let body = json!({ "code": "token_not_valid" });
    let api = Api::start(always(403, body.clone())).await;
    let refusal = Refusal::status(403).at("code").is(&["token_not_valid"]);
    let answer = client(&api, [refusal]).await.get(api.url("/here")).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap(), body);
    assert_eq!(sent(&api), (2, 1));
}

/// OAuth 2.0 at an API that says 419.
struct Own(OAuth2, ResourceRules);

impl Backend for Own {
    fn endpoint(&self) -> &Endpoint {
        self.0.endpoint()
    }

    fn resource_rules(&self) -> ResourceRules {
        self.1.clone()
    }

    fn sign_in(&self, _: &Credentials) -> Option<HttpRequest> {
        None
    }

    fn refresh(&self, tokens: &Tokens) -> HttpRequest {
        self.0.refresh(tokens)
    }

    fn sign_out(&self, _: &Tokens) -> Option<HttpRequest> {
        None
    }

    fn read_sign_in(&self, answer: &HttpAnswer) -> Outcome {
        self.0.read_sign_in(answer)
    }

    fn read_refresh(&self, answer: &HttpAnswer) -> Outcome {
        self.0.read_refresh(answer)
    }
}

#[tokio::test]
async fn q3_a_backend_brings_its_rules_and_the_application_has_the_last_word() {
    for (own_word, expected) in [(false, (2, 1)), (true, (1, 0))] {
        let api = Api::start(at_first(419, json!({}))).await;
        let rules = ResourceRules::new().refresh_on([Refusal::status(401), Refusal::status(419)]);
        let backend = Own(OAuth2::new(&api.url("/token"), "tests").unwrap(), rules);
        let builder = Session::builder(backend);
        let builder = if own_word { builder.refresh_on([Refusal::status(401)]) } else { builder };
        let session = builder.build().await.unwrap();
        session.adopt(first_pair()).await.unwrap();
        Client::new(session).get(api.url("/here")).send().await.unwrap();
        assert_eq!(sent(&api), expected);
    }
}

#[tokio::test]
async fn what_no_refresh_cures_reaches_the_caller_typed() {
    let challenge = r#"Bearer realm="api", Bearer error="insufficient_user_authentication", max_age="60""#;
    let old =
        move |_: &Seen| Some((StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, challenge)], "sign in").into_response());
    let api = Api::start(old).await;
    let answer = api.client().await.get(api.url("/here")).send().await.unwrap();
    let (answer, denial) = Denial::in_response(answer).await;
    let max_age = Some(Duration::from_secs(60));
    assert_eq!(denial, Some(Denial::LoginRequired { max_age, acr_values: None }));
    assert_eq!((answer.text().await.unwrap().as_str(), sent(&api)), ("sign in", (1, 0)));

    let api = Api::start(always(403, json!({ "code": "user_inactive" }))).await;
    let answer = api.client().await.get(api.url("/here")).send().await.unwrap();
    let (answer, denial) = Denial::in_response(answer).await;
    assert_eq!(denial, Some(Denial::AccountInactive));
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], "user_inactive");
}
