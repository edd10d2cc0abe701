//! The endpoints behind the page's buttons. They keep answering during an outage.

use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;

use crate::world::{Shared, Stats};

/// Longer than any demonstration, short enough to add to any instant.
const LONGEST: Duration = Duration::from_secs(3600);

#[derive(Deserialize)]
struct Outage {
    seconds: u32,
}

#[derive(Deserialize)]
struct Latency {
    refresh_ms: u32,
}

#[derive(Deserialize)]
struct Lifetime {
    access_s: u32,
}

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/demo/stats", get(stats))
        .route("/demo/expire", post(expire))
        .route("/demo/outage", post(outage))
        .route("/demo/latency", post(latency))
        .route("/demo/lifetime", post(lifetime))
}

async fn stats(State(shared): State<Shared>) -> Json<Stats> {
    Json(shared.lock().stats())
}

async fn expire(State(shared): State<Shared>) -> Json<Stats> {
    let mut world = shared.lock();
    world.sessions.expire_access_tokens();
    Json(world.stats())
}

async fn outage(State(shared): State<Shared>, Json(outage): Json<Outage>) -> Json<Stats> {
    let mut world = shared.lock();
    let length = Duration::from_secs(outage.seconds.into()).min(LONGEST);
    world.outage_ends = Instant::now() + length;
    Json(world.stats())
}

async fn latency(State(shared): State<Shared>, Json(latency): Json<Latency>) -> Json<Stats> {
    let mut world = shared.lock();
    world.refresh_delay = Duration::from_millis(latency.refresh_ms.into()).min(LONGEST);
    Json(world.stats())
}

async fn lifetime(State(shared): State<Shared>, Json(lifetime): Json<Lifetime>) -> Json<Stats> {
    let mut world = shared.lock();
    world.sessions.set_access_lifetime(lifetime.access_s.into());
    Json(world.stats())
}
