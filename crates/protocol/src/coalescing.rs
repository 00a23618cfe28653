//! When to write a sent message at once, and when to hold it so that it leaves with later messages of the same tick.
//!
//! Pipelined throughput needs one system call for many small messages, but a message that is held while the program
//! computes is late. A connection therefore writes every message at once until a tick of at least [`MANY`] messages has
//! ended soon after the last of them. From then on, while ticks of that many messages keep coming, it holds the
//! messages of a tick until its end, and never longer than [`MAX_HOLD`] if another message is sent. If a held message
//! turns out to be late, it writes every message at once again, for a number of ticks that grows with each late
//! message.
//!
//! A connection that has never had a late message may hold messages without that history in a tick of very many: from
//! the [`RUSH`]th message on, a quarter of the number that the tick has had so far.
//!
//! All times are readings of one clock, which may be as coarse as a few milliseconds.

use std::time::Duration;

/// How long after the last write, or after a batch has begun to be handled, a message is held. A message that is sent later
/// is written with those that are held.
pub const MAX_HOLD: Duration = Duration::from_millis(2);

/// Messages of a tick from which on writing them together is quicker.
pub const MANY: u16 = 4;

/// Messages of a tick from which on some are held on a connection without a history.
pub const RUSH: u16 = 32;

/// A message that was held for longer was late: the program was computing instead of ending the tick.
const LATE: Duration = Duration::from_millis(10);

/// Most prompt ticks that are required before messages are held again.
const MAX_REQUIRED: u16 = 16;

/// Prompt ticks in a row after which earlier late messages no longer count.
const FORGIVEN: u16 = 256;

/// The send history of one connection.
#[derive(Debug, Clone)]
pub struct Coalescing {
    last_write: Duration,
    last_send: Duration,
    /// Messages that are held.
    held: u16,
    /// Messages sent in this tick.
    sent: u16,
    /// Messages of a typical recent tick: follows larger ticks at once and smaller ones slowly.
    usual: u16,
    /// Prompt ticks in a row: those of many messages that ended soon after the last of them.
    prompt: u16,
    /// Prompt ticks that are required for messages to be held.
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
    /// Notes a message that is sent at `now`. Returns whether to write it at once, with everything that is held.
    ///
    /// `batch` is when the program has begun to handle a batch of several messages, the replies to which may leave
    /// together; `None` if it handles none. Then the first message of a tick is never held.
    pub fn handle_send(&mut self, now: Duration, batch: Option<Duration>) -> bool {
        let is_first = self.sent == 0;
        self.note_lateness(now);
        let is_rush = self.required == 1 && self.sent >= RUSH && self.held < self.sent / 4;
        let holds = is_rush || (self.prompt >= self.required && self.usual >= MANY);
        // With many connections, an iteration of the loop takes longer than `MAX_HOLD`.
        let since = batch.map_or(self.last_write, |begun| begun.max(self.last_write));
        self.note_send(now, since, (is_first && batch.is_none()) || !holds)
    }

    /// Notes a message that others are known to follow at once. Returns whether to write it at once.
    pub fn handle_announced(&mut self, now: Duration) -> bool {
        self.note_send(now, self.last_write, false)
    }

    /// `since` is when the hold has begun, if the message is held.
    fn note_send(&mut self, now: Duration, since: Duration, at_once: bool) -> bool {
        self.sent = self.sent.saturating_add(1);
        self.last_send = now;
        let writes = at_once || now.saturating_sub(since) >= MAX_HOLD;
        if writes {
            self.held = 0;
            self.last_write = now;
        } else {
            self.held = self.held.saturating_add(1);
        }
        writes
    }

    /// Notes that the tick, or the delivery of a batch, has ended at `now` and everything is written.
    pub fn handle_tick_end(&mut self, now: Duration) {
        self.note_lateness(now);
        if self.sent >= MANY && now.saturating_sub(self.last_send) <= LATE {
            self.prompt = self.prompt.saturating_add(1);
            if self.prompt >= FORGIVEN {
                self.required = 1;
            }
        }
        // After a change from many messages a tick to few, this takes some tens of ticks to follow.
        if self.sent > 0 {
            self.usual = self.sent.max(self.usual - self.usual.div_ceil(8));
        }
        self.sent = 0;
        self.held = 0;
        self.last_write = now;
    }

    /// Notes whether the message that was sent last has been held for too long.
    fn note_lateness(&mut self, now: Duration) {
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

    /// Plays a tick that ends at once. Returns how many of its messages were held.
    fn tick(coalescing: &mut Coalescing, now: Duration, messages: u16) -> usize {
        let held = (0..messages)
            .filter(|_| !coalescing.handle_send(now, None))
            .count();
        coalescing.handle_tick_end(now);
        held
    }

    /// Returns a connection whose last tick of several messages was prompt, and the time.
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
            assert!(
                coalescing.handle_send(MS, (sent % 2 == 0).then_some(MS)),
                "{sent}"
            );
        }
    }

    #[test]
    fn a_new_connection_holds_some_of_very_many_messages_of_a_tick() {
        let mut coalescing = Coalescing::default();
        let (mut held, mut writes) = (0, 0);
        for sent in 1..=1000 {
            held += 1;
            if coalescing.handle_send(MS, None) {
                (held, writes) = (0, writes + 1);
            }
            assert!(held <= sent / 4, "{held} of {sent}");
        }
        assert!(writes < 60, "{writes}");
    }

    #[test]
    fn holds_messages_after_a_prompt_tick() {
        let (mut coalescing, start) = holding();
        assert!(coalescing.handle_send(start, None), "the first of a tick");
        for _ in 0..1000 {
            assert!(!coalescing.handle_send(start, None));
        }
        coalescing.handle_tick_end(start);
        assert!(
            !coalescing.handle_send(start, Some(start)),
            "replies to one batch"
        );
    }

    #[test]
    fn holds_no_messages_in_ticks_of_few() {
        let mut coalescing = Coalescing::default();
        for _ in 0..100 {
            assert_eq!(tick(&mut coalescing, MS, MANY - 1), 0);
        }
        coalescing.handle_send(MS, None);
        assert!(coalescing.handle_send(MS, None));
    }

    #[test]
    fn soon_stops_holding_when_ticks_become_small() {
        let (mut coalescing, start) = holding();
        assert_eq!(tick(&mut coalescing, start, 1000), 999);
        let ticks = (0..100).filter(|_| tick(&mut coalescing, start, 2) > 0).count();
        assert!(ticks < 40, "{ticks}");
        assert_eq!(tick(&mut coalescing, start, 2), 0);
    }

    #[test]
    fn holds_no_message_longer_than_the_limit() {
        let (mut coalescing, start) = holding();
        coalescing.handle_send(start, None);
        assert!(!coalescing.handle_send(start + MS, None));
        assert!(coalescing.handle_send(start + MAX_HOLD, None));
        assert!(!coalescing.handle_send(start + MAX_HOLD + MS, None));
    }

    #[test]
    fn holds_prompt_replies_to_a_batch_that_comes_long_after_the_last_write() {
        let (mut coalescing, start) = holding();
        let batch = start + 10 * MAX_HOLD;
        for reply in 0..MANY {
            assert!(!coalescing.handle_send(batch + MS, Some(batch)), "{reply}");
        }
        assert!(coalescing.handle_send(batch + MAX_HOLD, Some(batch)));
        assert!(!coalescing.handle_send(batch + MAX_HOLD + MS, Some(batch)));
    }

    #[test]
    fn never_holds_replies_of_a_program_that_computes_for_each() {
        let (mut coalescing, start) = holding();
        let batch = start + 10 * MAX_HOLD;
        for reply in 1..=10 {
            assert!(
                coalescing.handle_send(batch + reply * MAX_HOLD, Some(batch)),
                "{reply}"
            );
        }
    }

    #[test]
    fn each_late_message_stops_holding_for_more_ticks() {
        let (mut coalescing, mut now) = holding();
        for required in [4, 16, 16] {
            let held = (0..MANY).filter(|_| !coalescing.handle_send(now, None)).count();
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
    fn the_next_message_reveals_a_late_one() {
        let (mut coalescing, start) = holding();
        coalescing.handle_send(start, None);
        assert!(!coalescing.handle_send(start, None));
        assert!(coalescing.handle_send(start + 50 * MS, None));
        assert!(coalescing.handle_send(start + 50 * MS, None));
    }

    #[test]
    fn never_holds_messages_of_a_program_that_computes_between_them() {
        let mut coalescing = Coalescing::default();
        let mut now = 1000 * MS;
        for _ in 0..100 {
            assert!(coalescing.handle_send(now, None));
            assert!(coalescing.handle_send(now, None));
            now += 100 * MS;
            coalescing.handle_tick_end(now);
        }
    }

    #[test]
    fn a_new_connection_holds_announced_messages() {
        let mut coalescing = Coalescing::default();
        assert!(coalescing.handle_send(1000 * MS, None));
        for _ in 0..100 {
            assert!(!coalescing.handle_announced(1000 * MS));
        }
        assert!(coalescing.handle_announced(1000 * MS + MAX_HOLD));
    }

    #[test]
    fn forgets_late_messages() {
        let (mut coalescing, start) = holding();
        coalescing.required = MAX_REQUIRED;
        for _ in 0..FORGIVEN {
            tick(&mut coalescing, start, MANY);
        }
        assert_eq!(coalescing.required, 1);
    }
}
