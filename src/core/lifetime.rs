//! How long a token lives and how far the server's clock is from ours (rule T2).

use super::{jwt::Claims, time::Now};

/// Longest lifetime that is counted, about 30,000 years in milliseconds; beyond it nothing ever expires.
const MAX_LIFETIME: f64 = 1e15;

/// The circumstances in which an answer arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receipt {
    /// When the request was sent.
    pub sent: Now,
    /// When its answer was complete.
    pub arrived: Now,
    /// The answer's `Date` header, in milliseconds since the Unix epoch.
    pub date: Option<i64>,
}

/// What is known about a token's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timing {
    /// The moment the lifetime is counted from: the answer's arrival less its round-trip time.
    pub received: Now,
    /// Lifetime in milliseconds; `None` is unknown: send the token and rely on a 401.
    pub lifetime: Option<i64>,
    /// Server's clock minus the local wall clock, in milliseconds.
    pub skew: Option<i64>,
}

impl Timing {
    /// The time of a token that a token endpoint has just issued.
    ///
    /// The lifetime comes from the token itself (`exp - iat`) or from `expires_in` (seconds), whichever is
    /// shorter, so a client whose clock is hours wrong computes the same as one whose clock is right. Only a token
    /// without `iat` and `expires_in` needs the two clocks compared.
    #[must_use]
    pub(crate) fn issued(claims: &Claims, expires_in: Option<f64>, receipt: &Receipt, known_skew: Option<i64>) -> Self {
        let round_trip = receipt.arrived.since(receipt.sent);
        let midpoint = receipt.arrived.wall.saturating_sub(round_trip / 2);
        let skew = measured_skew(claims, receipt.date, midpoint).or(known_skew);
        let server_now = midpoint.saturating_add(skew.unwrap_or(0));
        let own = claims.exp.map(|exp| exp * 1000.0 - begin(claims, server_now));
        Self { received: receipt.arrived.back(round_trip), lifetime: shorter(own, expires_in), skew }
    }

    /// The time of a token that was issued elsewhere at an unknown moment: its age is taken from the wall clock,
    /// which is all there is, and never counts below zero.
    #[must_use]
    pub(crate) fn adopted(claims: &Claims, expires_in: Option<f64>, now: Now) -> Self {
        let begin = begin(claims, now.wall);
        let own = claims.exp.map(|exp| exp * 1000.0 - begin);
        let age = if own.is_some() && expires_in.is_none() { clamp(now.wall as f64 - begin) } else { 0 };
        Self { received: now.back(age), lifetime: shorter(own, expires_in), skew: None }
    }
}

/// When a token was issued, in milliseconds of the server's clock; one that does not say it counts as new.
fn begin(claims: &Claims, server_now: i64) -> f64 {
    claims.iat.map_or(server_now as f64, |iat| iat * 1000.0)
}

fn shorter(own: Option<f64>, expires_in: Option<f64>) -> Option<i64> {
    let stated = expires_in.filter(|seconds| seconds.is_finite()).map(|seconds| seconds * 1000.0);
    match (own, stated) {
        (Some(own), Some(stated)) => Some(clamp(own.min(stated))),
        (own, stated) => own.or(stated).map(clamp),
    }
}

fn clamp(ms: f64) -> i64 {
    ms.clamp(0.0, MAX_LIFETIME) as i64
}

/// `Date` counts whole seconds and is written as the answer leaves; `iat` may be older, when a server hands out
/// a token again. Half a second is the middle of what the rounding hides.
fn measured_skew(claims: &Claims, date: Option<i64>, midpoint: i64) -> Option<i64> {
    let server = match date {
        Some(date) => date.saturating_add(500),
        None => {
            let iat = claims.iat?;
            let rounding = if iat as i64 as f64 == iat { 500.0 } else { 0.0 };
            // A cast saturates, so an absurd `iat` is merely far away.
            (iat * 1000.0 + rounding) as i64
        }
    };
    Some(server.saturating_sub(midpoint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::jwt::tests::jwt;

    const SERVER: i64 = 1_700_000_000_000;
    const HOUR: i64 = 3_600_000;

    fn claims(payload: &str) -> Claims {
        Claims::decode(&jwt(payload)).unwrap()
    }

    fn receipt(wall: i64, round_trip: i64, date: Option<i64>) -> Receipt {
        let arrived = Now { wall, monotonic: 10_000 };
        Receipt { sent: arrived.back(round_trip), arrived, date }
    }

    #[test]
    fn t2_the_lifetime_does_not_depend_on_the_local_clock() {
        let claims = claims(r#"{"iat":1700000000,"exp":1700000300}"#);
        for offset in [-48 * HOUR, -HOUR, 0, HOUR, 48 * HOUR] {
            let timing = Timing::issued(&claims, None, &receipt(SERVER + offset, 200, None), None);
            assert_eq!(timing.lifetime, Some(300_000), "offset {offset}");
            assert_eq!(timing.received.monotonic, 9_800, "less the round trip");
            assert_eq!(timing.skew, Some(500 + 100 - offset), "offset {offset}");
        }
    }

    #[test]
    fn t2_the_date_header_is_the_better_witness_of_skew() {
        let reissued = claims(r#"{"iat":1699990000,"exp":1700000300}"#);
        let timing = Timing::issued(&reissued, None, &receipt(SERVER, 0, Some(SERVER)), None);
        assert_eq!(timing.skew, Some(500));
    }

    #[test]
    fn t2_without_iat_the_clocks_are_compared_and_a_known_skew_is_used() {
        let claims = claims(r#"{"exp":1700000060}"#);
        let slow = receipt(SERVER - HOUR, 0, None);
        assert_eq!(Timing::issued(&claims, None, &slow, Some(HOUR)).lifetime, Some(60_000));
        assert_eq!(Timing::issued(&claims, None, &slow, None).lifetime, Some(60_000 + HOUR));
        let dated = receipt(SERVER - HOUR, 0, Some(SERVER));
        assert_eq!(Timing::issued(&claims, None, &dated, None).lifetime, Some(59_500));
    }

    #[test]
    fn t1_an_opaque_token_lives_as_long_as_expires_in_says_else_unknown() {
        let receipt = receipt(SERVER, 0, None);
        assert_eq!(Timing::issued(&Claims::default(), Some(60.0), &receipt, None).lifetime, Some(60_000));
        assert_eq!(Timing::issued(&Claims::default(), None, &receipt, None).lifetime, None);
        assert_eq!(Timing::issued(&Claims::default(), Some(f64::NAN), &receipt, None).lifetime, None);
        assert_eq!(Timing::issued(&Claims::default(), Some(-3.0), &receipt, None).lifetime, Some(0));
    }

    #[test]
    fn t2_the_shorter_of_two_statements_counts() {
        let claims = claims(r#"{"iat":1700000000,"exp":1700000300}"#);
        let receipt = receipt(SERVER, 0, None);
        assert_eq!(Timing::issued(&claims, Some(60.0), &receipt, None).lifetime, Some(60_000));
        assert_eq!(Timing::issued(&claims, Some(900.0), &receipt, None).lifetime, Some(300_000));
    }

    #[test]
    fn t2_absurd_claims_saturate() {
        let receipt = receipt(SERVER, 0, None);
        let lifetime = |payload: &str| Timing::issued(&claims(payload), None, &receipt, None).lifetime;
        assert_eq!(lifetime(r#"{"iat":1,"exp":1e300}"#), Some(1_000_000_000_000_000));
        assert_eq!(lifetime(r#"{"iat":1e300,"exp":1}"#), Some(0));
        assert_eq!(lifetime(r#"{"iat":5,"exp":-5}"#), Some(0));
        assert_eq!(lifetime(r#"{"iat":1.5,"exp":3.75}"#), Some(2_250));
    }

    #[test]
    fn t2_an_adopted_token_has_aged_already() {
        let claims = claims(r#"{"iat":1700000000,"exp":1700003600}"#);
        let now = Now { wall: SERVER + HOUR / 2, monotonic: 7_000_000 };
        let timing = Timing::adopted(&claims, None, now);
        assert_eq!((timing.lifetime, now.since(timing.received)), (Some(HOUR), HOUR / 2));
        let slow = Now { wall: SERVER - HOUR, ..now };
        assert_eq!(slow.since(Timing::adopted(&claims, None, slow).received), 0);
    }
}
