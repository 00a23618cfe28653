//! When it pays to wait for a reply awake.
//!
//! Putting a thread to sleep and waking it may take longer than the peer takes to answer. So while a
//! reply is expected, a driver may do two things before it sleeps. It may read at once, in case the reply is
//! there: where the peer runs on the same core, the system mostly lets it run as soon as it has something
//! to do, and by the time the write comes back it has answered; where it has not, giving way to it once
//! lets it. And the driver may stay awake for a while and look again and again, giving way in between: that is
//! quicker than to sleep where the peer runs on another core. This module tries all of that, keeps to what
//! pays, and never has a driver stay awake longer than [`MAX_WINDOW`]. After every look and every wait in
//! vain it pauses for longer, so that a slow peer costs next to nothing; and where giving way lets somebody
//! else have the core for a whole slice of time, it has the driver sleep.

mod backoff;
mod contention;

pub use contention::Contention;

use backoff::Backoff;
use std::time::{Duration, Instant};

/// Longest time awake for one reply. Sleeping and waking costs about as much.
pub const MAX_WINDOW: Duration = Duration::from_micros(50);
/// Shortest: less than that is over before the peer can have answered.
const MIN_WINDOW: Duration = Duration::from_micros(10);
/// A reply that took longer was found by a thread that had other things to do: it says nothing.
const LATE: Duration = Duration::from_millis(1);
/// Longest gap that is averaged, so that one accident does not decide for the next hundred replies.
const MAX_GAP: Duration = Duration::from_micros(200);
/// Most replies in a row that are waited for asleep after waits in vain, and parts of messages.
const MAX_PAUSE: u32 = 4096;
/// Most replies in a row that are not looked for after looks in vain. A look costs little, and not to look for a
/// reply that is there costs more.
const MAX_LOOK_PAUSE: u32 = 256;
/// Giving way for longer than this has let somebody have the core who is not the peer, or a peer that is not worth
/// staying awake for.
pub const CONTENDED: Duration = MAX_GAP;
/// Of replies that are waited for asleep one in so many is measured: asking for the time has its price.
const MEASURE: u32 = 16;
/// Every so many replies the way of waiting that seems slower is tried again.
const TRY_AGAIN: u32 = 256;

/// Looks for the rest of a message after each part of it.
const LOOKS_FOR_REST: u32 = 32;

/// The option `busyPoll`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Always sleep.
    #[default]
    Off,
    /// Stay awake where that has been paying.
    Auto,
    /// Stay awake for so long, whether it pays or not.
    Fixed(Duration),
}

/// How the next reply is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    No,
    /// The driver reads, and may once more after giving way; where that is in vain it waits like this.
    Looking {
        way: Way,
        again: bool,
    },
    Awake {
        since: Instant,
    },
    Asleep {
        since: Instant,
    },
    /// Awake it was waited for in vain, or it was not to be measured.
    Unmeasured,
}

/// A way of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Awake(Duration),
    Asleep,
    Unmeasured,
}

/// How long replies have been taking, on average; `None` before the first.
#[derive(Debug, Clone, Copy, Default)]
struct Average(Option<Duration>);

impl Average {
    fn add(&mut self, gap: Duration) {
        let gap = gap.min(MAX_GAP);
        self.0 = Some(self.0.map_or(gap, |average| (average * 7 + gap) / 8));
    }
}

/// One connection's record of how soon its peer answers.
#[derive(Debug, Clone)]
pub struct BusyPoll {
    mode: Mode,
    waiting: Waiting,
    awake: Average,
    asleep: Average,
    replies: u32,
    /// Of waits awake.
    pause: Backoff,
    /// Of looks.
    look_pause: Backoff,
    /// Of looks for the rest of a message.
    rest_pause: Backoff,
    /// Those since the last part came, and how many reads there had been by then.
    rest_looks: u32,
    rest_reads: u64,
    hits: u64,
    misses: u64,
}

impl BusyPoll {
    /// Knows nothing yet of its peer.
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            waiting: Waiting::No,
            awake: Average::default(),
            asleep: Average::default(),
            replies: 0,
            pause: Backoff::default(),
            look_pause: Backoff::default(),
            rest_pause: Backoff::default(),
            rest_looks: 0,
            rest_reads: 0,
            hits: 0,
            misses: 0,
        }
    }

    /// Whether it would ever stay awake.
    pub fn is_on(&self) -> bool {
        self.mode != Mode::Off
    }

    /// A reply is expected from now on. Whether to read at once, and if that is in vain ask
    /// [`BusyPoll::go_on`]; `false` where the driver is to sleep, or was asked before and nothing has come
    /// since. `contended` is whether others are known to want the core, and asked once for each reply; `now` is asked
    /// only where it matters.
    pub fn expect(&mut self, contended: impl FnOnce() -> bool, now: impl FnOnce() -> Instant) -> bool {
        if self.waiting != Waiting::No {
            return false;
        }
        let contended = self.mode == Mode::Auto && contended();
        let way = match self.mode {
            Mode::Off => return false,
            Mode::Fixed(window) => Way::Awake(window),
            Mode::Auto if contended => Way::Unmeasured,
            Mode::Auto => self.choose(),
        };
        let awake = matches!(way, Way::Awake(_));
        // Before staying awake a look costs nothing: it is how that begins.
        if !awake && self.look_pause.takes() {
            self.wait(way, now);
            return false;
        }
        let again = !awake && !contended;
        self.waiting = Waiting::Looking { way, again };
        true
    }

    fn choose(&mut self) -> Way {
        if self.pause.takes() {
            return Way::Unmeasured;
        }
        if !self.prefers_sleep() {
            return Way::Awake(self.window());
        }
        let measured = self.asleep.0.is_none() || self.replies.is_multiple_of(MEASURE);
        if measured { Way::Asleep } else { Way::Unmeasured }
    }

    fn wait(&mut self, way: Way, now: impl FnOnce() -> Instant) -> Option<Duration> {
        match way {
            Way::Awake(window) => {
                self.waiting = Waiting::Awake { since: now() };
                return Some(window);
            }
            Way::Asleep => self.waiting = Waiting::Asleep { since: now() },
            Way::Unmeasured => self.waiting = Waiting::Unmeasured,
        }
        None
    }

    /// A look was in vain. Whether to give way to other threads and look once more.
    pub fn handle_vain_look(&mut self) -> bool {
        let Waiting::Looking { again, .. } = &mut self.waiting else {
            return false;
        };
        let once_more = std::mem::take(again);
        if !once_more {
            self.look_pause.begin(MAX_LOOK_PAUSE);
        }
        once_more
    }

    /// Nothing was there, or nobody looked. How long to stay awake for the reply; `None` for not at all.
    pub fn go_on(&mut self, now: impl FnOnce() -> Instant) -> Option<Duration> {
        let Waiting::Looking { way, .. } = self.waiting else {
            return None;
        };
        self.wait(way, now)
    }

    fn window(&self) -> Duration {
        self.awake
            .0
            .map_or(MAX_WINDOW, |gap| (gap * 2).clamp(MIN_WINDOW, MAX_WINDOW))
    }

    fn prefers_sleep(&mut self) -> bool {
        self.replies = self.replies.wrapping_add(1);
        let (Some(asleep), Some(awake)) = (self.asleep.0, self.awake.0) else {
            return self.asleep.0.is_none();
        };
        // Being awake costs the processor something, so it has to be quicker to be worth it.
        (asleep <= awake) != self.replies.is_multiple_of(TRY_AGAIN)
    }

    /// Whether a reply is looked for, or waited for awake.
    pub fn is_expecting(&self) -> bool {
        matches!(self.waiting, Waiting::Looking { .. } | Waiting::Awake { .. })
    }

    /// Bytes have arrived. `now` is asked only where a reply was expected.
    pub fn handle_reply(&mut self, now: impl FnOnce() -> Instant) {
        let waiting = std::mem::replace(&mut self.waiting, Waiting::No);
        if matches!(waiting, Waiting::Looking { .. }) {
            self.hits += 1;
            return self.look_pause.reset();
        }
        let (Waiting::Awake { since } | Waiting::Asleep { since }) = waiting else {
            return;
        };
        let gap = now().saturating_duration_since(since);
        if gap > LATE {
            return;
        }
        if matches!(waiting, Waiting::Asleep { .. }) {
            return self.asleep.add(gap);
        }
        self.awake.add(gap);
        self.hits += 1;
        self.pause.reset();
    }

    /// The window has passed in vain.
    pub fn handle_miss(&mut self) {
        if !matches!(self.waiting, Waiting::Awake { .. }) {
            return;
        }
        self.waiting = Waiting::Unmeasured;
        self.misses += 1;
        // The window may have been too short.
        self.awake.add(MAX_WINDOW);
        self.pause.begin(MAX_PAUSE);
    }

    /// A part of a message has come, with so many reads before it and with it. Whether to give way to other
    /// threads and read once more before sleeping: the rest is mostly just being sent.
    pub fn expect_rest(&mut self, reads: u64, contended: impl FnOnce() -> bool) -> bool {
        if !self.is_on() {
            return false;
        }
        if reads != self.rest_reads {
            self.rest_reads = reads;
            let looks = std::mem::take(&mut self.rest_looks);
            if (1..LOOKS_FOR_REST).contains(&looks) {
                self.rest_pause.reset();
            }
            if contended() || self.rest_pause.takes() {
                self.rest_looks = LOOKS_FOR_REST;
            }
        }
        if self.rest_looks >= LOOKS_FOR_REST {
            return false;
        }
        self.rest_looks += 1;
        if self.rest_looks == LOOKS_FOR_REST {
            self.rest_pause.begin(MAX_PAUSE);
        }
        true
    }

    /// Others had the core meanwhile: the rest is looked for once more and then waited for.
    pub fn end_rest(&mut self) {
        self.rest_looks = LOOKS_FOR_REST;
    }

    /// Replies that a look found or that came while it was awake, and waits in vain.
    pub fn counts(&self) -> (u64, u64) {
        (self.hits, self.misses)
    }
}

#[cfg(test)]
mod tests;
