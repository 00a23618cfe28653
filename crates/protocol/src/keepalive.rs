//! When to ping, and when silence means that the peer is lost (RFC 6455 section 5.5.2).
//!
//! A ping is sent every `interval`. If nothing arrives within `timeout` of a ping, the peer is lost. Any bytes are a
//! sign of life, since a pong may be queued behind a large message. If data was sent before the ping and the peer takes
//! more of it, that is a sign of life, too: the peer cannot reply to a ping that it has not read yet. Time in which the
//! owner does not read, because of back-pressure, does not count; then the peer is lost only if its host acknowledges
//! nothing for `timeout`.

use std::time::{Duration, Instant};

/// What the owner of a connection has to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepaliveAction {
    /// Nothing until this instant; `None` means never.
    Wait(Option<Instant>),
    /// Send a ping, then poll again.
    Ping,
    /// Fail the connection: the peer is lost.
    Lost,
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upload {
    /// Whether there are bytes that the peer has not taken.
    pub is_pending: bool,
    /// A number that grows as the peer takes bytes.
    pub taken: u64,
    /// How long the peer's host has acknowledged nothing although segments were sent to it again; `None` if none were.
    pub unacknowledged: Option<Duration>,
}

/// The state of one connection's keepalive.
#[derive(Debug, Clone)]
pub struct Keepalive {
    interval: Option<Duration>,
    timeout: Option<Duration>,
    next_ping: Option<Instant>,
    deadline: Option<Instant>,
    /// When the ping was sent to which no pong has come yet.
    pinged_at: Option<Instant>,
    /// What the peer had taken when silence began to count; `None` if no data was sent before the ping.
    taken: Option<u64>,
    /// Since when, while the owner does not read, every poll has found segments unacknowledged.
    unacknowledged_since: Option<Instant>,
}

impl Keepalive {
    /// Starts at `now`. An `interval` of `None` switches pings off, a `timeout` of `None` the limit on silence.
    pub fn new(interval: Option<Duration>, timeout: Option<Duration>, now: Instant) -> Self {
        Self {
            interval,
            timeout,
            next_ping: interval.and_then(|by| now.checked_add(by)),
            deadline: None,
            pinged_at: None,
            taken: None,
            unacknowledged_since: None,
        }
    }

    /// Notes that bytes have arrived.
    pub fn handle_activity(&mut self) {
        self.deadline = None;
    }

    /// Notes an empty pong. Returns the round-trip time if it replies to a ping of the keepalive.
    pub fn handle_pong(&mut self, now: Instant) -> Option<Duration> {
        self.pinged_at.take().map(|at| now.saturating_duration_since(at))
    }

    /// Whether a ping was sent since which silence counts.
    pub fn is_waiting(&self) -> bool {
        self.deadline.is_some()
    }

    /// Returns what to do at `now`. `reading` is whether the owner reads from the socket; `upload` returns how far an
    /// upload is.
    pub fn poll(&mut self, now: Instant, reading: bool, upload: impl Fn() -> Upload) -> KeepaliveAction {
        if reading {
            self.unacknowledged_since = None;
        } else {
            self.deadline = None;
            if self.is_unacknowledged(now, upload().unacknowledged) {
                return KeepaliveAction::Lost;
            }
        }
        if self.deadline.is_some_and(|deadline| deadline <= now) && !self.extend(now, upload().taken) {
            return KeepaliveAction::Lost;
        }
        if self.next_ping.is_some_and(|at| at <= now) {
            self.next_ping = self.interval.and_then(|by| now.checked_add(by));
            if self.deadline.is_none() && reading {
                self.deadline = self.timeout.and_then(|by| now.checked_add(by));
                let Upload {
                    is_pending, taken, ..
                } = upload();
                self.taken = is_pending.then_some(taken);
            }
            self.pinged_at = Some(now);
            return KeepaliveAction::Ping;
        }
        KeepaliveAction::Wait([self.next_ping, self.deadline].into_iter().flatten().min())
    }

    /// Returns whether the peer's host has acknowledged nothing for `timeout`, by two reports of the kernel that are as
    /// far apart: the first may be about a segment that is only late.
    fn is_unacknowledged(&mut self, now: Instant, reported: Option<Duration>) -> bool {
        let Some((reported, timeout)) = reported.zip(self.timeout) else {
            self.unacknowledged_since = None;
            return false;
        };
        let since = *self.unacknowledged_since.get_or_insert(now);
        now.saturating_duration_since(since) >= timeout && reported >= timeout
    }

    /// Extends the deadline if the peer has taken bytes that were sent before the ping. Returns whether it has.
    fn extend(&mut self, now: Instant, taken: u64) -> bool {
        let has_taken = self.taken.is_some_and(|before| before < taken);
        if has_taken {
            self.taken = Some(taken);
            self.deadline = self.timeout.and_then(|by| now.checked_add(by));
        }
        has_taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn idle() -> Upload {
        Upload {
            is_pending: false,
            taken: 0,
            unacknowledged: None,
        }
    }

    fn started() -> (Keepalive, Instant) {
        let now = Instant::now();
        (Keepalive::new(Some(SECOND * 20), Some(SECOND * 5), now), now)
    }

    #[test]
    fn measures_the_round_trip_once() {
        let (mut keepalive, start) = started();
        assert_eq!(keepalive.handle_pong(start), None);
        assert_eq!(
            keepalive.poll(start + SECOND * 20, true, idle),
            KeepaliveAction::Ping
        );
        assert_eq!(keepalive.handle_pong(start + SECOND * 21), Some(SECOND));
        assert_eq!(keepalive.handle_pong(start + SECOND * 22), None);
    }

    #[test]
    fn pings_once_an_interval() {
        let (mut keepalive, start) = started();
        assert_eq!(
            keepalive.poll(start, true, idle),
            KeepaliveAction::Wait(Some(start + SECOND * 20))
        );
        assert_eq!(
            keepalive.poll(start + SECOND * 20, true, idle),
            KeepaliveAction::Ping
        );
        keepalive.handle_activity();
        let next = KeepaliveAction::Wait(Some(start + SECOND * 40));
        assert_eq!(keepalive.poll(start + SECOND * 20, true, idle), next);
    }

    #[test]
    fn silence_after_a_ping_means_that_the_peer_is_lost() {
        let (mut keepalive, start) = started();
        keepalive.poll(start + SECOND * 20, true, idle);
        assert_eq!(
            keepalive.poll(start + SECOND * 24, true, idle),
            KeepaliveAction::Wait(Some(start + SECOND * 25))
        );
        assert_eq!(
            keepalive.poll(start + SECOND * 25, true, idle),
            KeepaliveAction::Lost
        );
    }

    #[test]
    fn any_bytes_are_a_sign_of_life() {
        let (mut keepalive, start) = started();
        keepalive.poll(start + SECOND * 20, true, idle);
        keepalive.handle_activity();
        assert_eq!(
            keepalive.poll(start + SECOND * 39, true, idle),
            KeepaliveAction::Wait(Some(start + SECOND * 40))
        );
    }

    #[test]
    fn time_without_reading_does_not_count() {
        let (mut keepalive, start) = started();
        keepalive.poll(start + SECOND * 20, true, idle);
        assert_ne!(
            keepalive.poll(start + SECOND * 30, false, idle),
            KeepaliveAction::Lost
        );
        assert_eq!(
            keepalive.poll(start + SECOND * 40, false, idle),
            KeepaliveAction::Ping
        );
        assert_ne!(
            keepalive.poll(start + SECOND * 59, true, idle),
            KeepaliveAction::Lost
        );
    }

    fn uploading(taken: u64) -> impl Fn() -> Upload {
        move || Upload {
            is_pending: true,
            taken,
            unacknowledged: None,
        }
    }

    #[test]
    fn taking_earlier_bytes_is_a_sign_of_life() {
        let (mut keepalive, start) = started();
        assert_eq!(
            keepalive.poll(start + SECOND * 20, true, uploading(7)),
            KeepaliveAction::Ping
        );
        for extended in 1..=3 {
            let deadline = start + SECOND * (20 + 5 * extended);
            let action = keepalive.poll(deadline, true, uploading(7 + u64::from(extended)));
            assert_eq!(action, KeepaliveAction::Wait(Some(deadline + SECOND * 5)));
        }
        let action = keepalive.poll(start + SECOND * 40, true, uploading(10));
        assert_eq!(action, KeepaliveAction::Lost, "it has taken nothing since");
    }

    #[test]
    fn taking_the_ping_itself_is_no_sign_of_life() {
        let (mut keepalive, start) = started();
        keepalive.poll(start + SECOND * 20, true, idle);
        assert_eq!(
            keepalive.poll(start + SECOND * 25, true, uploading(6)),
            KeepaliveAction::Lost
        );
    }

    fn unacknowledged(seconds: u32) -> impl Fn() -> Upload {
        move || Upload {
            is_pending: true,
            taken: 0,
            unacknowledged: Some(SECOND * seconds),
        }
    }

    #[test]
    fn loses_a_host_that_acknowledges_nothing_while_the_owner_does_not_read() {
        let (mut keepalive, start) = started();
        let ping = keepalive.poll(start + SECOND * 20, false, idle);
        assert_eq!(ping, KeepaliveAction::Ping);
        // Before the first report of the kernel the connection was idle for long.
        let first = keepalive.poll(start + SECOND * 21, false, unacknowledged(30));
        assert_ne!(first, KeepaliveAction::Lost);
        let early = keepalive.poll(start + SECOND * 25, false, unacknowledged(34));
        assert_ne!(early, KeepaliveAction::Lost);
        let late = keepalive.poll(start + SECOND * 26, false, unacknowledged(35));
        assert_eq!(late, KeepaliveAction::Lost);
    }

    #[test]
    fn an_acknowledgement_is_a_sign_of_life_while_the_owner_does_not_read() {
        let (mut keepalive, start) = started();
        keepalive.poll(start + SECOND * 20, false, idle);
        keepalive.poll(start + SECOND * 21, false, unacknowledged(30));
        let recent = keepalive.poll(start + SECOND * 26, false, unacknowledged(2));
        assert_ne!(recent, KeepaliveAction::Lost);
        let none = keepalive.poll(start + SECOND * 27, false, idle);
        assert_ne!(none, KeepaliveAction::Lost);
        let again = keepalive.poll(start + SECOND * 28, false, unacknowledged(30));
        assert_ne!(
            again,
            KeepaliveAction::Lost,
            "another segment, reported for the first time"
        );
    }

    #[test]
    fn can_be_switched_off() {
        let now = Instant::now();
        assert_eq!(
            Keepalive::new(None, Some(SECOND), now).poll(now, true, idle),
            KeepaliveAction::Wait(None)
        );
        let mut pings_only = Keepalive::new(Some(SECOND), None, now);
        assert_eq!(pings_only.poll(now + SECOND, true, idle), KeepaliveAction::Ping);
        assert_eq!(
            pings_only.poll(now + SECOND, true, idle),
            KeepaliveAction::Wait(Some(now + SECOND * 2))
        );
    }
}
