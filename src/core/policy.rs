//! When to refresh (T3) and how long to wait after a failure (R8).

use super::{
    error::{Error, OptionError},
    time::Delay,
};

/// Shortest time between two refresh attempts, in milliseconds: whatever a token's lifetime, no loop is faster.
pub(crate) const FLOOR: i64 = 1_000;

/// `exp` is cut down to whole seconds, so a token may end up to this much before `exp - iat` has passed.
const ROUNDING: i64 = 1_000;

/// Longest jitter, in milliseconds.
const MAX_JITTER: i64 = 30_000;

/// First and longest upper bound of the exponential back-off, in milliseconds.
const BACKOFF_BASE: i64 = 1_000;
const BACKOFF_CAP: i64 = 60_000;

/// Longest wait that a server's `Retry-After` or a stored record can impose, in milliseconds.
pub(crate) const MAX_RETRY_AFTER: i64 = 3_600_000;

/// The default for refresh-ahead, in milliseconds.
pub(crate) const DEFAULT_REFRESH_AHEAD: i64 = 60_000;

/// The longest refresh-ahead that makes sense, in milliseconds: one day.
const MAX_REFRESH_AHEAD: i64 = 86_400_000;

/// Where an access token stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Send it.
    Fresh,
    /// Send it, and refresh beside it.
    Stale,
    /// Refresh first.
    Expired,
}

/// The thresholds of one context.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    refresh_ahead: i64,
    /// This context's fixed share of the longest jitter, between 0 and 1.
    jitter: f64,
    /// Whether a hidden context renews what can be renewed only while it lives.
    pub(crate) while_hidden: bool,
}

impl Policy {
    /// Thresholds for a configured refresh-ahead in milliseconds; `entropy` fixes this context's jitter.
    #[must_use]
    pub(crate) fn new(refresh_ahead: i64, entropy: u64) -> Self {
        Self { refresh_ahead: refresh_ahead.clamp(0, MAX_REFRESH_AHEAD), jitter: fraction(entropy), while_hidden: true }
    }

    /// Age in milliseconds from which a token of this lifetime is stale. Refresh-ahead is never more than half of
    /// the lifetime, and jitter moves the line earlier only.
    #[must_use]
    pub(crate) fn stale_after(&self, lifetime: i64) -> i64 {
        let ahead = self.refresh_ahead.min(lifetime / 2);
        let jitter = (lifetime / 10).min(MAX_JITTER) as f64 * self.jitter;
        (lifetime - ahead - jitter as i64).max(0)
    }

    /// Age in milliseconds from which a token of this lifetime is not sent any more.
    #[must_use]
    pub(crate) fn expired_after(lifetime: i64) -> i64 {
        lifetime - ROUNDING.min(lifetime / 4)
    }

    /// The phase at `age`; a token of unknown lifetime is always fresh.
    #[must_use]
    pub(crate) fn phase(&self, lifetime: Option<i64>, age: i64) -> Phase {
        match lifetime {
            Some(lifetime) if age >= Self::expired_after(lifetime) => Phase::Expired,
            Some(lifetime) if age >= self.stale_after(lifetime) => Phase::Stale,
            _ => Phase::Fresh,
        }
    }
}

/// A configured refresh-ahead, from seconds to milliseconds.
///
/// # Errors
/// [`Error::InvalidOption`] when it is not between 0 seconds and one day.
pub(crate) fn refresh_ahead(seconds: f64) -> Result<i64, Error> {
    let ms = seconds * 1000.0;
    if (0.0..=MAX_REFRESH_AHEAD as f64).contains(&ms) {
        return Ok(ms as i64);
    }
    Err(Error::InvalidOption { field: "refreshAhead", problem: OptionError::NotSeconds })
}

/// Milliseconds until the next try after `failures` failures in a row: exponential with full jitter, at least the
/// floor, at least what the server asked for.
pub(crate) fn backoff(failures: u32, entropy: u64, retry_after: Option<Delay>) -> i64 {
    let doublings = failures.saturating_sub(1).min(16);
    let bound = (BACKOFF_BASE << doublings).min(BACKOFF_CAP);
    let own = (bound as f64 * fraction(entropy)) as i64;
    own.max(FLOOR).max(retry_after.map_or(0, |delay| delay.0).min(MAX_RETRY_AFTER))
}

/// A number from 0 up to 1, from the low bits of `entropy`.
fn fraction(entropy: u64) -> f64 {
    f64::from(entropy as u32) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000;

    fn without_jitter(refresh_ahead: i64) -> Policy {
        Policy::new(refresh_ahead, 0)
    }

    #[test]
    fn t3_thresholds_for_lifetimes_from_zero_to_a_billion_seconds() {
        // lifetime, stale after, expired after; refresh-ahead is the default of 60 s
        let table = [
            (0, 0, 0),
            (1, 1, 1),
            (100, 50, 75),
            (SECOND, 500, 750),
            (4 * SECOND, 2 * SECOND, 3 * SECOND),
            (20 * SECOND, 10 * SECOND, 19 * SECOND),
            (60 * SECOND, 30 * SECOND, 59 * SECOND),
            (120 * SECOND, 60 * SECOND, 119 * SECOND),
            (300 * SECOND, 240 * SECOND, 299 * SECOND),
            (86_400 * SECOND, 86_340 * SECOND, 86_399 * SECOND),
            (1_000_000_000 * SECOND, 999_999_940 * SECOND, 999_999_999 * SECOND),
        ];
        let policy = without_jitter(DEFAULT_REFRESH_AHEAD);
        for (lifetime, stale, expired) in table {
            assert_eq!(policy.stale_after(lifetime), stale, "stale line of {lifetime}");
            assert_eq!(Policy::expired_after(lifetime), expired, "expiry line of {lifetime}");
        }
    }

    #[test]
    fn t3_a_refresh_ahead_that_makes_no_sense_is_refused() {
        assert_eq!(refresh_ahead(0.0).unwrap(), 0);
        assert_eq!(refresh_ahead(1.5).unwrap(), 1_500);
        assert_eq!(refresh_ahead(86_400.0).unwrap(), MAX_REFRESH_AHEAD);
        for seconds in [-1.0, -0.001, 86_401.0, f64::NAN, f64::INFINITY, 1e300] {
            assert!(refresh_ahead(seconds).is_err(), "{seconds}");
        }
    }

    #[test]
    fn t3_phases_change_exactly_on_their_lines() {
        let policy = without_jitter(60 * SECOND);
        let phase = |age| policy.phase(Some(300 * SECOND), age);
        assert_eq!(phase(0), Phase::Fresh);
        assert_eq!(phase(240 * SECOND - 1), Phase::Fresh);
        assert_eq!(phase(240 * SECOND), Phase::Stale);
        assert_eq!(phase(299 * SECOND - 1), Phase::Stale);
        assert_eq!(phase(299 * SECOND), Phase::Expired);
        assert_eq!(policy.phase(None, i64::MAX), Phase::Fresh);
    }

    #[test]
    fn r8_backoff_doubles_to_a_cap_and_honours_the_server() {
        let bounds: Vec<_> = (1..10).map(|failures| backoff(failures, u64::MAX, None)).collect();
        assert_eq!(bounds, [1_000, 1_999, 3_999, 7_999, 15_999, 31_999, 59_999, 59_999, 59_999]);
        assert_eq!(backoff(5, 0, None), FLOOR, "full jitter goes down to the floor");
        assert_eq!(backoff(1, 0, Some(Delay(120_000))), 120_000);
        assert_eq!(backoff(1, 0, Some(Delay(i64::MAX))), MAX_RETRY_AFTER);
        assert!(backoff(u32::MAX, u64::MAX, Some(Delay(-5))) <= BACKOFF_CAP);
    }

    proptest! {
        #[test]
        fn t3_jitter_moves_the_stale_line_earlier_only(
            lifetime in 0..1_000_000_000_000_i64, ahead in 0..MAX_REFRESH_AHEAD, entropy: u64,
        ) {
            let (plain, jittered) = (without_jitter(ahead), Policy::new(ahead, entropy));
            prop_assert!(jittered.stale_after(lifetime) <= plain.stale_after(lifetime));
            prop_assert!(plain.stale_after(lifetime) - jittered.stale_after(lifetime) <= lifetime / 10);
            prop_assert!(jittered.stale_after(lifetime) >= lifetime * 2 / 5 - 1, "half the life is not spent refreshing");
        }
    }
}
