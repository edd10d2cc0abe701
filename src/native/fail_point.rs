//! Places where tests stop a process, to kill it there. Without the feature `fail-points` there are none.

/// Stops for ever where the environment says so: with `EVERTOKEN_FAIL_POINT=renamed:2` at the place `renamed`, when it
/// comes by for the second time.
#[cfg(feature = "fail-points")]
pub(super) fn fail_point(place: &str) {
    use std::sync::atomic::{AtomicUsize, Ordering};

    static PASSED: AtomicUsize = AtomicUsize::new(0);
    let Ok(wanted) = std::env::var("EVERTOKEN_FAIL_POINT") else { return };
    let Some((_, time)) = wanted.split_once(':').filter(|(wanted, _)| *wanted == place) else { return };
    let passed = PASSED.fetch_add(1, Ordering::Relaxed) + 1;
    if time.parse() == Ok(passed) {
        println!("\nstopped");
        loop {
            std::thread::park();
        }
    }
}

#[cfg(not(feature = "fail-points"))]
pub(super) fn fail_point(_: &str) {}
