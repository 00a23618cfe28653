//! Whether other threads compete for the core of this thread.
//!
//! A thread that yields to a competing thread gets the core back after a scheduler slice of some milliseconds, whereas
//! a sleeping thread is woken up by the reply. Finding the reply afterwards does not make up for the delay, so
//! contention is counted apart from the hits and misses of busy-polling. It is a property of the core: all connections
//! of a thread share one [`Contention`].

use std::time::{Duration, Instant};

/// Time without yields after the first slow yield. A back-off ends once both its time and its number of replies have
/// passed: with the time alone, each of a series of rare replies would cost a slice.
const MIN_TIME: Duration = Duration::from_millis(1);
/// Longest time without yields.
const MAX_TIME: Duration = Duration::from_secs(1);
/// Replies without yields after the first slow yield.
const MIN_REPLIES: u32 = 32;
/// Most replies without yields.
const MAX_REPLIES: u32 = 4096;
/// Back-offs in a row that are each twice as long as the one before.
const MAX_DOUBLED: u32 = 11;
/// Quick yields after which the next back-off is the shortest again. They gain about as much as one slice costs.
const RESET_AFTER: u32 = 256;

/// What is known of the core of a thread.
#[derive(Debug, Clone, Copy, Default)]
pub struct Contention {
    /// The end of the current back-off, and the replies that are left of it.
    until: Option<Instant>,
    left: u32,
    /// Back-offs in a row.
    backoffs: u32,
    quick_yields: u32,
}

impl Contention {
    /// No contention is known.
    pub const fn new() -> Self {
        Self {
            until: None,
            left: 0,
            backoffs: 0,
            quick_yields: 0,
        }
    }

    /// Returns whether not to yield for this reply, or part of a message. `now` is called only at the end of a
    /// back-off.
    pub fn forbids_yield(&mut self, now: impl FnOnce() -> Instant) -> bool {
        let Some(until) = self.until else {
            return false;
        };
        self.left = self.left.saturating_sub(1);
        if self.left > 0 || now() < until {
            return true;
        }
        self.until = None;
        false
    }

    /// Notes a yield that took too long, and begins a back-off.
    pub fn handle_slow_yield(&mut self, now: Instant) {
        // Yielding while backed off does not extend the back-off.
        if self.until.is_none() {
            self.backoffs = (self.backoffs + 1).min(MAX_DOUBLED);
        }
        let doubled = 1 << self.backoffs.saturating_sub(1);
        self.quick_yields = 0;
        self.until = Some(now + (MIN_TIME * doubled).min(MAX_TIME));
        self.left = (MIN_REPLIES * doubled).min(MAX_REPLIES);
    }

    /// Notes a yield that was short.
    pub fn handle_quick_yield(&mut self) {
        self.quick_yields += 1;
        if self.quick_yields >= RESET_AFTER {
            self.quick_yields = 0;
            self.backoffs = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Contention, MAX_REPLIES, MAX_TIME, MIN_REPLIES, MIN_TIME, RESET_AFTER};
    use std::time::{Duration, Instant};

    /// A core on which a reply comes every `gap`.
    struct Core {
        contention: Contention,
        now: Instant,
        gap: Duration,
    }

    impl Core {
        fn new(gap: Duration) -> Self {
            Self {
                contention: Contention::new(),
                now: Instant::now(),
                gap,
            }
        }

        /// Plays `count` replies on a core that `contended` says is contended. Returns how many cost a slice, and how
        /// many were yielded for.
        fn replies(&mut self, count: u32, mut contended: impl FnMut() -> bool) -> (u32, u32) {
            let (mut slow, mut yielded) = (0, 0);
            for _ in 0..count {
                self.now += self.gap;
                let now = self.now;
                if self.contention.forbids_yield(|| now) {
                    continue;
                }
                yielded += 1;
                if contended() {
                    slow += 1;
                    self.now += Duration::from_millis(4);
                    self.contention.handle_slow_yield(self.now);
                } else {
                    self.contention.handle_quick_yield();
                }
            }
            (slow, yielded)
        }
    }

    #[test]
    fn frequent_replies_cost_one_slice_a_second() {
        let mut core = Core::new(Duration::from_micros(50));
        // 1 + 2 + 4 + ... ms and 32 + 64 + ... replies, whichever is longer.
        let (slow, _) = core.replies(20_000, || true);
        assert!((9..=11).contains(&slow), "{slow}");
        let (slow, _) = core.replies(200_000, || true);
        assert!((9..=11).contains(&slow), "{slow}");
    }

    #[test]
    fn rare_replies_do_not_each_cost_a_slice() {
        for gap in [5, 30, 2000] {
            let mut core = Core::new(Duration::from_millis(gap));
            let (slow, _) = core.replies(4000, || true);
            assert!(slow <= 8, "every {gap} ms: {slow}");
        }
    }

    #[test]
    fn short_contention_is_soon_forgotten() {
        let mut core = Core::new(Duration::from_micros(20));
        for _ in 0..3 {
            let (slow, _) = core.replies(100, || true);
            assert!((2..=3).contains(&slow), "{slow}");
            let (_, yielded) = core.replies(10_000, || false);
            assert!(yielded > 9_500, "{yielded}");
        }
    }

    #[test]
    fn occasional_contention_is_noticed() {
        let mut core = Core::new(Duration::from_micros(20));
        let mut times = 0;
        let (slow, _) = core.replies(100_000, || {
            times += 1;
            times % 50 == 0
        });
        assert!(slow < 30, "{slow}");
    }

    #[test]
    fn yielding_while_backed_off_does_not_extend_the_back_off() {
        let (mut contention, now) = (Contention::new(), Instant::now());
        for _ in 0..100 {
            contention.handle_slow_yield(now);
        }
        for _ in 1..MIN_REPLIES {
            assert!(contention.forbids_yield(|| unreachable!("more replies are left")));
        }
        assert!(contention.forbids_yield(|| now));
        assert!(!contention.forbids_yield(|| now + MIN_TIME));
        assert!(!contention.forbids_yield(|| unreachable!("there is no back-off")));
    }

    #[test]
    fn a_back_off_ends() {
        let mut core = Core::new(Duration::from_micros(1));
        core.replies(10_000_000, || true);
        let later = core.now + MAX_TIME;
        for _ in 0..MAX_REPLIES {
            core.contention.forbids_yield(|| later);
        }
        assert!(!core.contention.forbids_yield(|| later));
        assert_eq!(core.replies(RESET_AFTER, || false), (0, RESET_AFTER));
    }
}
