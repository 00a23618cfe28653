//! A clock that costs a few nanoseconds to read, for decisions that are made for every message.

use std::time::Duration;

/// The time since some fixed instant, as of the system's last clock interrupt: at most a few milliseconds ago.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn coarse() -> Duration {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the result is written to `now`. If the clock were unknown it would stay at zero, and no time would pass.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut now) };
    Duration::new(
        now.tv_sec.try_into().unwrap_or_default(),
        now.tv_nsec.try_into().unwrap_or_default(),
    )
}

/// The time since the first call.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn coarse() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advances_with_time() {
        let before = coarse();
        std::thread::sleep(Duration::from_millis(50));
        let elapsed = coarse().saturating_sub(before);
        assert!(elapsed >= Duration::from_millis(30), "{elapsed:?}");
    }
}
