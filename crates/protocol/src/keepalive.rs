//! When to ping, and when silence means that the peer is gone (RFC 6455 section 5.5.2).
//!
//! A ping goes out every `interval`. If nothing at all arrives within `timeout` of a ping, the peer
//! counts as lost. Any bytes are a sign of life: a pong may queue behind a large message. So are bytes that
//! the peer takes, if there were some before the ping: it cannot answer a ping that it has not read yet.
//! While the owner does not read (its queue is full) nothing can arrive, so that time does not count.

use std::time::{Duration, Instant};

/// What the owner of the connection has to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing before this instant; `None` means never.
    Wait(Option<Instant>),
    /// Send a ping, then ask again.
    Ping,
    /// The peer is gone: fail the connection.
    Lost,
}

/// What is known of bytes on their way to the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upload {
    /// Whether some are not with the peer yet.
    pub is_pending: bool,
    /// A number that grows as the peer takes bytes.
    pub taken: u64,
}

/// The state of one connection's keepalive.
#[derive(Debug, Clone)]
pub struct Keepalive {
    interval: Option<Duration>,
    timeout: Option<Duration>,
    next_ping: Option<Instant>,
    deadline: Option<Instant>,
    /// When the ping that no pong has answered yet was due.
    pinged_at: Option<Instant>,
    /// What the peer had taken when silence began to count; none if the ping had nothing before it.
    taken: Option<u64>,
}

impl Keepalive {
    /// Starts at `now`. `None` switches the pings, or the judgement on their silence, off.
    pub fn new(interval: Option<Duration>, timeout: Option<Duration>, now: Instant) -> Self {
        Self {
            interval,
            timeout,
            next_ping: interval.and_then(|by| now.checked_add(by)),
            deadline: None,
            pinged_at: None,
            taken: None,
        }
    }

    /// Bytes arrived, or the owner starts to read again after a pause.
    pub fn handle_activity(&mut self) {
        self.deadline = None;
    }

    /// An empty pong arrived: the round trip where it answers a ping from here.
    pub fn handle_pong(&mut self, now: Instant) -> Option<Duration> {
        self.pinged_at.take().map(|at| now.saturating_duration_since(at))
    }

    /// Whether a ping is out and silence since then counts.
    pub fn is_waiting(&self) -> bool {
        self.deadline.is_some()
    }

    /// Says what to do at `now`. `reading` is whether the owner takes bytes from the socket, `upload` looks at the
    /// bytes on their way out.
    pub fn poll(&mut self, now: Instant, reading: bool, upload: impl Fn() -> Upload) -> Action {
        if !reading {
            self.deadline = None;
        }
        if self.deadline.is_some_and(|deadline| deadline <= now) && !self.extend(now, upload().taken) {
            return Action::Lost;
        }
        if self.next_ping.is_some_and(|at| at <= now) {
            self.next_ping = self.interval.and_then(|by| now.checked_add(by));
            if self.deadline.is_none() && reading {
                self.deadline = self.timeout.and_then(|by| now.checked_add(by));
                let Upload { is_pending, taken } = upload();
                self.taken = is_pending.then_some(taken);
            }
            self.pinged_at = Some(now);
            return Action::Ping;
        }
        Action::Wait([self.next_ping, self.deadline].into_iter().flatten().min())
    }

    /// Waits once more for an answer if the peer has taken bytes that were before the ping. Returns whether it has.
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
        }
    }

    fn started() -> (Keepalive, Instant) {
        let now = Instant::now();
        (Keepalive::new(Some(SECOND * 20), Some(SECOND * 5), now), now)
    }

    #[test]
    fn a_pong_tells_the_round_trip_once() {
        let (mut keepalive, start) = started();
        assert_eq!(keepalive.handle_pong(start), None);
        assert_eq!(keepalive.poll(start + SECOND * 20, true, idle), Action::Ping);
        assert_eq!(keepalive.handle_pong(start + SECOND * 21), Some(SECOND));
        assert_eq!(keepalive.handle_pong(start + SECOND * 22), None);
    }

    #[test]
    fn pings_once_an_interval() {
        let (mut keepalive, start) = started();
        assert_eq!(
            keepalive.poll(start, true, idle),
            Action::Wait(Some(start + SECOND * 20))
        );
        assert_eq!(keepalive.poll(start + SECOND * 20, true, idle), Action::Ping);
        keepalive.handle_activity();
        let next = Action::Wait(Some(start + SECOND * 40));
        assert_eq!(keepalive.poll(start + SECOND * 20, true, idle), next);
    }

    #[test]
    fn silence_after_a_ping_loses_the_peer() {
        let (mut keepalive, start) = started();
        keepalive.poll(start + SECOND * 20, true, idle);
        assert_eq!(
            keepalive.poll(start + SECOND * 24, true, idle),
            Action::Wait(Some(start + SECOND * 25))
        );
        assert_eq!(keepalive.poll(start + SECOND * 25, true, idle), Action::Lost);
    }

    #[test]
    fn any_bytes_are_a_sign_of_life() {
        let (mut keepalive, start) = started();
        keepalive.poll(start + SECOND * 20, true, idle);
        keepalive.handle_activity();
        assert_eq!(
            keepalive.poll(start + SECOND * 39, true, idle),
            Action::Wait(Some(start + SECOND * 40))
        );
    }

    #[test]
    fn time_without_reading_does_not_count() {
        let (mut keepalive, start) = started();
        keepalive.poll(start + SECOND * 20, true, idle);
        assert_ne!(keepalive.poll(start + SECOND * 30, false, idle), Action::Lost);
        assert_eq!(keepalive.poll(start + SECOND * 40, false, idle), Action::Ping);
        assert_ne!(keepalive.poll(start + SECOND * 59, true, idle), Action::Lost);
    }

    fn uploading(taken: u64) -> impl Fn() -> Upload {
        move || Upload {
            is_pending: true,
            taken,
        }
    }

    #[test]
    fn a_peer_that_takes_what_was_before_the_ping_lives() {
        let (mut keepalive, start) = started();
        assert_eq!(
            keepalive.poll(start + SECOND * 20, true, uploading(7)),
            Action::Ping
        );
        for extended in 1..=3 {
            let deadline = start + SECOND * (20 + 5 * extended);
            let action = keepalive.poll(deadline, true, uploading(7 + u64::from(extended)));
            assert_eq!(action, Action::Wait(Some(deadline + SECOND * 5)));
        }
        let action = keepalive.poll(start + SECOND * 40, true, uploading(10));
        assert_eq!(action, Action::Lost, "it has taken nothing since");
    }

    #[test]
    fn what_a_peer_takes_of_the_ping_itself_is_no_sign_of_life() {
        let (mut keepalive, start) = started();
        keepalive.poll(start + SECOND * 20, true, idle);
        assert_eq!(
            keepalive.poll(start + SECOND * 25, true, uploading(6)),
            Action::Lost
        );
    }

    #[test]
    fn can_be_switched_off() {
        let now = Instant::now();
        assert_eq!(
            Keepalive::new(None, Some(SECOND), now).poll(now, true, idle),
            Action::Wait(None)
        );
        let mut pings_only = Keepalive::new(Some(SECOND), None, now);
        assert_eq!(pings_only.poll(now + SECOND, true, idle), Action::Ping);
        assert_eq!(
            pings_only.poll(now + SECOND, true, idle),
            Action::Wait(Some(now + SECOND * 2))
        );
    }
}
