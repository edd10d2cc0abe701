//! Time as the core sees it: two clocks read together, in milliseconds.

use core::time::Duration;

/// A span of time in whole milliseconds, which is made into a [`Duration`] by `into()`, and out of one.
// Duration itself would cost the browser build 700 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Delay(pub(crate) i64);

impl From<Delay> for Duration {
    fn from(delay: Delay) -> Self {
        Self::from_millis(u64::try_from(delay.0).unwrap_or(0))
    }
}

impl From<Duration> for Delay {
    fn from(duration: Duration) -> Self {
        Self(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
    }
}

/// One reading of both clocks. Neither is trusted alone: sleep stops some monotonic clocks, and people set wall
/// clocks (rule T2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Now {
    /// Milliseconds since the Unix epoch by the local wall clock.
    pub wall: i64,
    /// Milliseconds of a clock that never goes back, from an origin that means nothing outside this context.
    pub monotonic: i64,
}

// Saturating arithmetic is long in WebAssembly: one copy each.
impl Now {
    /// Milliseconds passed since `earlier`: whichever clock says more has passed wins; never negative.
    #[must_use]
    #[inline(never)]
    pub fn since(self, earlier: Self) -> i64 {
        let wall = self.wall.saturating_sub(earlier.wall);
        let monotonic = self.monotonic.saturating_sub(earlier.monotonic);
        wall.max(monotonic).max(0)
    }

    /// The moment `ms` milliseconds before this one, on both clocks.
    #[must_use]
    #[inline(never)]
    pub fn back(self, ms: i64) -> Self {
        Self { wall: self.wall.saturating_sub(ms), monotonic: self.monotonic.saturating_sub(ms) }
    }
}

/// A delay that started at a known moment, so that a jump of one clock cannot stretch it.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(test, derive(Hash))]
pub(crate) struct Deadline {
    pub(crate) set: Now,
    pub(crate) delay: i64,
}

impl Deadline {
    /// Milliseconds left, zero once it has passed.
    pub(crate) fn remaining(&self, now: Now) -> i64 {
        self.delay.saturating_sub(now.since(self.set)).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: i64, monotonic: i64) -> Now {
        Now { wall, monotonic }
    }

    #[test]
    fn t2_the_clock_that_says_more_has_passed_wins() {
        assert_eq!(at(5_000, 100).since(at(0, 0)), 5_000, "a sleep stopped the monotonic clock");
        assert_eq!(at(-90_000, 700).since(at(0, 0)), 700, "the wall clock was set back");
        assert_eq!(at(-5, -5).since(at(0, 0)), 0, "time never runs backwards");
        assert_eq!(at(i64::MAX, i64::MIN).since(at(i64::MIN, i64::MAX)), i64::MAX, "no overflow");
    }

    #[test]
    fn a_delay_of_any_length_is_a_duration_and_the_reverse() {
        assert_eq!(Duration::from(Delay(1_500)), Duration::from_millis(1_500));
        assert_eq!(Duration::from(Delay(-1)), Duration::ZERO);
        assert_eq!(Delay::from(Duration::from_secs(2)), Delay(2_000));
        assert_eq!(Delay::from(Duration::MAX), Delay(i64::MAX));
    }

    #[test]
    fn a_deadline_is_not_stretched_by_a_clock_set_back() {
        let deadline = Deadline { set: at(1_000_000, 0), delay: 500 };
        assert_eq!(deadline.remaining(at(0, 200)), 300);
        assert_eq!(deadline.remaining(at(0, 600)), 0);
    }
}
