//! Whether others want the core of this thread.
//!
//! Who gives way to them waits until their slice of time is over, some milliseconds, while a thread that sleeps is
//! woken by the reply. That the reply is found afterwards does not make it any better, so this is no matter of hits
//! and misses. It is the core's, not a peer's: all connections of a thread share what is known of it.

use std::time::{Duration, Instant};

/// How long nobody gives way after it took too long, at first and at most; and for how many replies. Both have to pass:
/// where replies are rare the time alone would be over each time, and each would cost a slice.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_secs(1);
const FEWEST: u32 = 32;
const MOST: u32 = 4096;
/// Pauses in a row that are each twice as long as the one before.
const GROWING: u32 = 11;
/// Times of giving way that went well, after which the next pause is the shortest again. What they gain is about what
/// one slice costs.
const CALM: u32 = 256;

/// What is known of a thread's core.
#[derive(Debug, Clone, Copy, Default)]
pub struct Contention {
    /// The end of the pause, and replies until then.
    until: Option<Instant>,
    left: u32,
    /// Pauses in a row.
    pauses: u32,
    calm: u32,
}

impl Contention {
    /// Nobody is known to want the core.
    pub const fn new() -> Self {
        Self {
            until: None,
            left: 0,
            pauses: 0,
            calm: 0,
        }
    }

    /// Whether not to give way for this reply, or part of a message. `now` is asked only at the end of a pause.
    pub fn is_felt(&mut self, now: impl FnOnce() -> Instant) -> bool {
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

    /// Giving way took too long.
    pub fn begin(&mut self, now: Instant) {
        // Whoever gives way during a pause has his reasons; it does not get longer by that.
        if self.until.is_none() {
            self.pauses = (self.pauses + 1).min(GROWING);
        }
        let doubled = 1 << self.pauses.saturating_sub(1);
        self.calm = 0;
        self.until = Some(now + (SHORTEST * doubled).min(LONGEST));
        self.left = (FEWEST * doubled).min(MOST);
    }

    /// Giving way went well.
    pub fn note_calm(&mut self) {
        self.calm += 1;
        if self.calm >= CALM {
            self.calm = 0;
            self.pauses = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CALM, Contention, FEWEST, LONGEST, MOST, SHORTEST};
    use std::time::{Duration, Instant};

    /// A core: a reply each `gap`, and others there as long as `contended` says so.
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

        /// How many of so many replies cost a slice, and for how many the thread gave way.
        fn replies(&mut self, count: u32, mut contended: impl FnMut() -> bool) -> (u32, u32) {
            let (mut slices, mut gave_way) = (0, 0);
            for _ in 0..count {
                self.now += self.gap;
                let now = self.now;
                if self.contention.is_felt(|| now) {
                    continue;
                }
                gave_way += 1;
                if contended() {
                    slices += 1;
                    self.now += Duration::from_millis(4);
                    self.contention.begin(self.now);
                } else {
                    self.contention.note_calm();
                }
            }
            (slices, gave_way)
        }
    }

    #[test]
    fn quick_replies_beside_a_neighbour_cost_a_slice_a_second() {
        let mut core = Core::new(Duration::from_micros(50));
        // 1 + 2 + 4 + ... ms and 32 + 64 + ... replies, whichever is longer.
        let (slices, _) = core.replies(20_000, || true);
        assert!((9..=11).contains(&slices), "{slices}");
        let (slices, _) = core.replies(200_000, || true);
        assert!((9..=11).contains(&slices), "{slices}");
    }

    #[test]
    fn rare_replies_beside_a_neighbour_do_not_each_cost_a_slice() {
        for gap in [5, 30, 2000] {
            let mut core = Core::new(Duration::from_millis(gap));
            let (slices, _) = core.replies(4000, || true);
            assert!(slices <= 8, "every {gap} ms: {slices}");
        }
    }

    #[test]
    fn others_who_were_there_for_a_moment_are_soon_forgotten() {
        let mut core = Core::new(Duration::from_micros(20));
        for _ in 0..3 {
            let (slices, _) = core.replies(100, || true);
            assert!((2..=3).contains(&slices), "{slices}");
            let (_, gave_way) = core.replies(10_000, || false);
            assert!(gave_way > 9_500, "{gave_way}");
        }
    }

    #[test]
    fn somebody_who_comes_now_and_then_is_felt_as_well() {
        let mut core = Core::new(Duration::from_micros(20));
        let mut times = 0;
        let (slices, _) = core.replies(100_000, || {
            times += 1;
            times % 50 == 0
        });
        assert!(slices < 30, "{slices}");
    }

    #[test]
    fn who_gives_way_all_the_same_makes_no_pause_longer() {
        let (mut contention, now) = (Contention::new(), Instant::now());
        for _ in 0..100 {
            contention.begin(now);
        }
        for _ in 1..FEWEST {
            assert!(contention.is_felt(|| unreachable!("more replies are left")));
        }
        assert!(contention.is_felt(|| now));
        assert!(!contention.is_felt(|| now + SHORTEST));
        assert!(!contention.is_felt(|| unreachable!("there is no pause")));
    }

    #[test]
    fn a_pause_has_an_end() {
        let mut core = Core::new(Duration::from_micros(1));
        core.replies(10_000_000, || true);
        let later = core.now + LONGEST;
        for _ in 0..MOST {
            core.contention.is_felt(|| later);
        }
        assert!(!core.contention.is_felt(|| later));
        assert_eq!(core.replies(CALM, || false), (0, CALM));
    }
}
