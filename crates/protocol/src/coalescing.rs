//! When a sent message is written at once, and when it is held for those that follow it in the same tick.
//!
//! One system call for many small messages is what pipelined throughput comes from, but a message that is held
//! while the program computes is late. A connection therefore writes every message at once until one tick of
//! [`MANY`] messages or more has ended soon after the last of them. Only then, and as long as ticks of that many keep
//! coming, are the messages of a tick held for its end, and never longer than [`MAX_HOLD`] if another one is sent. If
//! a held message was late after all, every message is written at once again, for a number of ticks that grows with
//! each time.
//!
//! A connection that has never had a late message does not need to be known for a tick of very many: from the
//! [`RUSH`]th message on, a quarter as many as the tick has had so far may be held.
//!
//! Times are readings of one clock, which may be as coarse as a few milliseconds.

use std::time::Duration;

/// How long after the last write a message is held; one that is sent later takes those before it along.
pub const MAX_HOLD: Duration = Duration::from_millis(2);

/// Messages of a tick from which on it pays to write them together.
pub const MANY: u16 = 4;

/// Messages of a tick from which on some are held although nothing is known of the connection.
pub const RUSH: u16 = 32;

/// A message that was held longer was late: the program computed instead of ending the tick.
const LATE: Duration = Duration::from_millis(10);

/// Most prompt ticks that are required before messages are held again.
const MAX_REQUIRED: u16 = 16;

/// Prompt ticks in a row after which earlier lateness is forgotten.
const FORGIVEN: u16 = 256;

/// The state of one connection.
#[derive(Debug, Clone)]
pub struct Coalescing {
    last_write: Duration,
    last_send: Duration,
    /// Messages that are held.
    held: u16,
    /// Messages of this tick.
    sent: u16,
    /// Messages of the larger ones among the last ticks.
    usual: u16,
    /// Ticks of many messages in a row that ended soon after the last message.
    prompt: u16,
    /// Prompt ticks it takes for messages to be held.
    required: u16,
}

impl Default for Coalescing {
    fn default() -> Self {
        Self {
            last_write: Duration::ZERO,
            last_send: Duration::ZERO,
            held: 0,
            sent: 0,
            usual: 0,
            prompt: 0,
            required: 1,
        }
    }
}

impl Coalescing {
    /// A message was sent at `now`. Returns whether it is written at once, with all that is held.
    ///
    /// `grouped` is whether the program is handling several messages that arrived together, whose answers may leave
    /// together; otherwise the first message of a tick never waits.
    pub fn handle_send(&mut self, now: Duration, grouped: bool) -> bool {
        let is_first = self.sent == 0;
        self.judge(now);
        let is_rush = self.required == 1 && self.sent >= RUSH && self.held < self.sent / 4;
        let holds = is_rush || (self.prompt >= self.required && self.usual >= MANY);
        self.note_send(now, (is_first && !grouped) || !holds)
    }

    /// The same for a message that is known to be followed by others at once.
    pub fn handle_announced(&mut self, now: Duration) -> bool {
        self.note_send(now, false)
    }

    fn note_send(&mut self, now: Duration, at_once: bool) -> bool {
        self.sent = self.sent.saturating_add(1);
        self.last_send = now;
        let writes = at_once || now.saturating_sub(self.last_write) >= MAX_HOLD;
        if writes {
            self.held = 0;
            self.last_write = now;
        } else {
            self.held = self.held.saturating_add(1);
        }
        writes
    }

    /// The tick, or the batch that was delivered, is over at `now`: everything is written.
    pub fn handle_tick_end(&mut self, now: Duration) {
        self.judge(now);
        if self.sent >= MANY && now.saturating_sub(self.last_send) <= LATE {
            self.prompt = self.prompt.saturating_add(1);
            if self.prompt >= FORGIVEN {
                self.required = 1;
            }
        }
        // A program that goes from many messages a tick to few is noticed within some tens of ticks.
        if self.sent > 0 {
            self.usual = self.sent.max(self.usual - self.usual.div_ceil(8));
        }
        self.sent = 0;
        self.held = 0;
        self.last_write = now;
    }

    /// Notes if the message sent last has been held for too long.
    fn judge(&mut self, now: Duration) {
        if now.saturating_sub(self.last_send) <= LATE || self.sent == 0 {
            return;
        }
        if self.held > 0 {
            self.required = (self.required * 4).min(MAX_REQUIRED);
        }
        self.prompt = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A tick that ends at once; how many of its messages were held.
    fn tick(coalescing: &mut Coalescing, now: Duration, messages: u16) -> usize {
        let held = (0..messages)
            .filter(|_| !coalescing.handle_send(now, false))
            .count();
        coalescing.handle_tick_end(now);
        held
    }

    /// A connection whose last tick of several messages was prompt, and the time.
    fn holding() -> (Coalescing, Duration) {
        let mut coalescing = Coalescing::default();
        let start = 1000 * MS;
        tick(&mut coalescing, start, MANY);
        (coalescing, start)
    }

    #[test]
    fn a_new_connection_writes_every_message_at_once() {
        let mut coalescing = Coalescing::default();
        for sent in 0..RUSH {
            assert!(coalescing.handle_send(MS, sent % 2 == 0), "{sent}");
        }
    }

    #[test]
    fn of_very_many_messages_of_a_tick_some_are_held_on_a_new_connection_too() {
        let mut coalescing = Coalescing::default();
        let (mut held, mut writes) = (0, 0);
        for sent in 1..=1000 {
            held += 1;
            if coalescing.handle_send(MS, false) {
                (held, writes) = (0, writes + 1);
            }
            assert!(held <= sent / 4, "{held} of {sent}");
        }
        assert!(writes < 60, "{writes}");
    }

    #[test]
    fn after_a_prompt_tick_messages_are_held_for_the_end_of_the_next() {
        let (mut coalescing, start) = holding();
        assert!(coalescing.handle_send(start, false), "the first of a tick");
        for _ in 0..1000 {
            assert!(!coalescing.handle_send(start, false));
        }
        coalescing.handle_tick_end(start);
        assert!(!coalescing.handle_send(start, true), "answers to one batch");
    }

    #[test]
    fn ticks_of_few_messages_hold_none() {
        let mut coalescing = Coalescing::default();
        for _ in 0..100 {
            assert_eq!(tick(&mut coalescing, MS, MANY - 1), 0);
        }
        coalescing.handle_send(MS, false);
        assert!(coalescing.handle_send(MS, false));
    }

    #[test]
    fn a_program_that_goes_over_to_few_messages_has_none_held_before_long() {
        let (mut coalescing, start) = holding();
        assert_eq!(tick(&mut coalescing, start, 1000), 999);
        let ticks = (0..100).filter(|_| tick(&mut coalescing, start, 2) > 0).count();
        assert!(ticks < 40, "{ticks}");
        assert_eq!(tick(&mut coalescing, start, 2), 0);
    }

    #[test]
    fn no_message_is_held_once_the_last_write_is_too_long_ago() {
        let (mut coalescing, start) = holding();
        coalescing.handle_send(start, false);
        assert!(!coalescing.handle_send(start + MS, false));
        assert!(coalescing.handle_send(start + MAX_HOLD, false));
        assert!(!coalescing.handle_send(start + MAX_HOLD + MS, false));
    }

    #[test]
    fn a_late_message_ends_the_holding_for_ever_more_ticks() {
        let (mut coalescing, mut now) = holding();
        for required in [4, 16, 16] {
            let held = (0..MANY).filter(|_| !coalescing.handle_send(now, false)).count();
            assert!(held > 0);
            now += 1500 * MS;
            coalescing.handle_tick_end(now);
            for number in 0..required {
                assert_eq!(tick(&mut coalescing, now, MANY), 0, "tick {number} of {required}");
            }
            assert!(tick(&mut coalescing, now, MANY) > 0);
        }
    }

    #[test]
    fn a_message_found_late_by_the_next_one_counts_too() {
        let (mut coalescing, start) = holding();
        coalescing.handle_send(start, false);
        assert!(!coalescing.handle_send(start, false));
        assert!(coalescing.handle_send(start + 50 * MS, false));
        assert!(coalescing.handle_send(start + 50 * MS, false));
    }

    #[test]
    fn a_program_that_always_computes_between_messages_never_has_one_held() {
        let mut coalescing = Coalescing::default();
        let mut now = 1000 * MS;
        for _ in 0..100 {
            assert!(coalescing.handle_send(now, false));
            assert!(coalescing.handle_send(now, false));
            now += 100 * MS;
            coalescing.handle_tick_end(now);
        }
    }

    #[test]
    fn announced_messages_are_held_on_a_new_connection_too() {
        let mut coalescing = Coalescing::default();
        assert!(coalescing.handle_send(1000 * MS, false));
        for _ in 0..100 {
            assert!(!coalescing.handle_announced(1000 * MS));
        }
        assert!(coalescing.handle_announced(1000 * MS + MAX_HOLD));
    }

    #[test]
    fn lateness_is_forgotten() {
        let (mut coalescing, start) = holding();
        coalescing.required = MAX_REQUIRED;
        for _ in 0..FORGIVEN {
            tick(&mut coalescing, start, MANY);
        }
        assert_eq!(coalescing.required, 1);
    }
}
