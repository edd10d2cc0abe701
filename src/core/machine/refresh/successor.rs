//! The pair that follows a pair.

use alloc::boxed::Box;

use crate::core::{
    backend::Grant,
    error::Problem,
    jwt::{Claims, TokenKind},
    lifetime::{Receipt, Timing},
    machine::state::Live,
    record::Record,
    secret::Secret,
};

/// What is wrong with an answer that grants something (T4).
pub(super) fn judge(record: &Record, grant: &Grant) -> Option<Problem> {
    if let Some(flaw) = grant.flaw.get() {
        return Some(*flaw);
    }
    let Some(access) = &grant.access else { return Some(Problem::NoAccessToken) };
    let mistaken = grant.refresh.as_ref().is_some_and(|refresh| !is_refresh_token(record, refresh));
    judge_access(record, access).or(mistaken.then_some(Problem::AccessTokenAsRefresh))
}

/// Whether the token may refresh the session. An access token may not, unless the session's is its own refresh token.
pub(super) fn is_refresh_token(record: &Record, token: &Secret) -> bool {
    Claims::of(token).kind != Some(TokenKind::Access) || record.slides()
}

/// What is wrong with an access token that is to follow the record's.
pub(super) fn judge_access(record: &Record, access: &Secret) -> Option<Problem> {
    let (before, after) = (Claims::of(&record.access), Claims::of(access));
    if after.kind == Some(TokenKind::Refresh) {
        return Some(Problem::RefreshTokenAsAccess);
    }
    let (before, after) = (before.subject?, after.subject?);
    (before != after).then_some(Problem::SubjectChanged)
}

/// The record after a refresh.
pub(super) fn renewed(old: &Record, grant: Grant, receipt: &Receipt) -> Box<Live> {
    let mut record = next_generation(old, grant.refresh);
    record.access = grant.access.unwrap_or(record.access);
    record.id_token = grant.id_token.or(record.id_token);
    let timing = Timing::issued(&Claims::of(&record.access), grant.lifetime, receipt, old.skew);
    record.received = timing.received.wall;
    record.lifetime = timing.lifetime;
    record.skew = timing.skew;
    Live::received(record, timing.received)
}

/// The next generation of a record, with nothing pending; no new refresh token means that the old one stays (R4).
pub(super) fn next_generation(old: &Record, refresh: Option<Secret>) -> Record {
    let mut record = old.clone();
    record.stamp.generation = record.stamp.generation.saturating_add(1);
    record.refresh = refresh.or(record.refresh);
    record.pending = None;
    record.failures = 0;
    (record.retry_at, record.retry_in) = (None, None);
    record
}
