//! Tokens that resources hand out beside their answers, or ask to fetch.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use evertoken::{
    Client, Grant, Session,
    backend::{Answers, Call, CustomBackend, ResourceRules},
};
use serde_json::{Value, json};

use crate::common::{
    aged,
    api::{Api, Seen},
    eventually, generation,
};

/// A client with a token that is its own refresh token, at a backend with these rules.
async fn client(api: &Api, rules: ResourceRules) -> Client {
    let refresh = (Call::post("token").form("token={refresh}"), Answers::new("access_token").refresh("access_token"));
    let backend = CustomBackend::new(&api.url("/")).unwrap().refresh_by(refresh.0, refresh.1).unwrap();
    let session = Session::builder(backend.resources(rules)).build().await.unwrap();
    let token = aged(10, 3590);
    session.adopt(Grant::pair(&token, Some(&token)).unwrap()).await.unwrap();
    Client::new(session)
}

#[tokio::test]
async fn a_token_in_a_header_takes_the_place_of_the_one_in_use() {
    let token = aged(0, 3600);
    let hand_out = {
        let token = token.clone();
        move |seen: &Seen| {
            (seen.path == "/here").then(|| ([("x-new-token", format!("Bearer {token}"))], "ok").into_response())
        }
    };
    let api = Api::start(hand_out).await;
    let client = client(&api, ResourceRules::new().renewal_header("X-New-Token")).await;
    let answer = client.get(api.url("/here")).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "ok");
    eventually("the new token is in use", async || generation(client.session()) == 2).await;
    client.get(api.url("/here")).send().await.unwrap();
    assert_eq!(api.seen("/here")[1].authorization(), format!("Bearer {token}"));
    assert_eq!((api.seen("/token").len(), generation(client.session())), (0, 2), "the same token is no news");
}

#[tokio::test]
async fn a_flag_in_the_body_asks_for_a_refresh_once_per_token() {
    let renew = |seen: &Seen| -> Option<Response> {
        (seen.path == "/here").then(|| Json(json!({ "code": 0, "state": { "renew": true } })).into_response())
    };
    let api = Api::start(renew).await;
    let client = client(&api, ResourceRules::new().renewal_flag("state.renew")).await;
    let answer = client.get(api.url("/here")).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["state"]["renew"], true, "the caller gets it whole");
    eventually("the new token is in use", async || generation(client.session()) == 2).await;
    assert_eq!(api.seen("/token").len(), 1);
}

#[tokio::test]
async fn without_a_rule_nothing_is_taken_over() {
    let hand_out = |seen: &Seen| -> Option<Response> {
        let header = [("x-new-token", aged(0, 3600))];
        (seen.path == "/here").then(|| (header, Json(json!({ "renew": true }))).into_response())
    };
    let api = Api::start(hand_out).await;
    let client = client(&api, ResourceRules::new()).await;
    client.get(api.url("/here")).send().await.unwrap();
    client.session().refresh().await.unwrap();
    assert_eq!((api.seen("/token").len(), generation(client.session())), (1, 2));
}
