//! A coarse clock for decisions made on every message. On Linux, reading it costs a few nanoseconds.

use std::time::Duration;

/// Returns the time since a fixed instant. It advances with the system's clock interrupt, every 1 to 10 ms.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn coarse() -> Duration {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `now` is valid for the write. If the kernel does not know the clock, `now` stays zero and no time passes.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut now) };
    Duration::new(
        now.tv_sec.try_into().unwrap_or_default(),
        now.tv_nsec.try_into().unwrap_or_default(),
    )
}

/// Returns the time since the first call.
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
