//! R5: a server that is slower than the time limit may have rotated the token all the same. The time limits run out on
//! virtual time, while the server waits for a word from the test.

use std::sync::Mutex;

use axum::{body::Body, response::IntoResponse};
use evertoken::Client;
use futures_channel::mpsc::{self, UnboundedSender};
use tokio::time;

use crate::common::{api::Api, event, eventually, generation};

type Rest = UnboundedSender<std::io::Result<&'static str>>;

/// An API whose first answer at the token endpoint is what comes out of the channel, and a client that waits for it.
async fn waiting_for_an_answer() -> (Api, Client, Rest) {
    let (rest, answer) = mpsc::unbounded();
    let first = Mutex::new(Some(answer));
    let api = Api::start(move |seen| {
        let answer = if seen.path == "/token" { first.lock().unwrap().take()? } else { return None };
        Some(Body::from_stream(answer).into_response())
    })
    .await;
    let client = api.client_of(api.builder(), 0).await;
    let session = client.session().clone();
    tokio::spawn(async move { session.access_token().await });
    eventually("the refresh reaches the server", async || api.seen("/token").len() == 1).await;
    (api, client, rest)
}

#[tokio::test]
async fn r5_an_answer_that_comes_after_the_time_limit_is_taken() {
    let (api, client, rest) = waiting_for_an_answer().await;
    let mut events = client.session().events();
    time::pause();
    event(&mut events, "refresh-failed").await;
    time::resume();
    assert_eq!(generation(client.session()), 1);

    rest.unbounded_send(Ok(r#"{"access_token":"late","refresh_token":"r","expires_in":3600}"#)).unwrap();
    drop(rest);
    event(&mut events, "refreshed").await;
    assert_eq!(client.session().access_token().await.unwrap().as_str(), "late");
    assert_eq!(api.seen("/token").len(), 1, "the token was not sent again");
}

#[tokio::test]
async fn r5_an_answer_is_not_waited_for_for_ever() {
    let (_api, client, rest) = waiting_for_an_answer().await;
    client.session().close();
    time::pause();
    eventually("the request is given up", async || rest.is_closed()).await;
}
