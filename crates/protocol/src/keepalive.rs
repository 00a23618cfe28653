//! When to ping, and when silence means that the peer is gone (RFC 6455 section 5.5.2).
//!
//! A ping goes out every `interval`. If nothing at all arrives within `timeout` of a ping, the peer
//! counts as lost. Any bytes are a sign of life: a pong may queue behind a large message. While the
//! owner does not read (its queue is full) nothing can arrive, so that time does not count.

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

/// The state of one connection's keepalive.
#[derive(Debug, Clone)]
pub struct Keepalive {
    interval: Option<Duration>,
    timeout: Option<Duration>,
    next_ping: Option<Instant>,
    deadline: Option<Instant>,
    /// When the ping that no pong has answered yet was due.
    pinged_at: Option<Instant>,
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

    /// Says what to do at `now`; `reading` is whether the owner takes bytes from the socket.
    pub fn poll(&mut self, now: Instant, reading: bool) -> Action {
        if !reading {
            self.deadline = None;
        }
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            return Action::Lost;
        }
        if self.next_ping.is_some_and(|at| at <= now) {
            self.next_ping = self.interval.and_then(|by| now.checked_add(by));
            if self.deadline.is_none() && reading {
                self.deadline = self.timeout.and_then(|by| now.checked_add(by));
            }
            self.pinged_at = Some(now);
            return Action::Ping;
        }
        Action::Wait([self.next_ping, self.deadline].into_iter().flatten().min())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn started() -> (Keepalive, Instant) {
        let now = Instant::now();
        (Keepalive::new(Some(SECOND * 20), Some(SECOND * 5), now), now)
    }

    #[test]
    fn a_pong_tells_the_round_trip_once() {
        let (mut keepalive, start) = started();
        assert_eq!(keepalive.handle_pong(start), None);
        assert_eq!(keepalive.poll(start + SECOND * 20, true), Action::Ping);
        assert_eq!(keepalive.handle_pong(start + SECOND * 21), Some(SECOND));
        assert_eq!(keepalive.handle_pong(start + SECOND * 22), None);
    }

    #[test]
    fn pings_once_an_interval() {
        let (mut keepalive, start) = started();
        assert_eq!(
            keepalive.poll(start, true),
            Action::Wait(Some(start + SECOND * 20))
        );
        assert_eq!(keepalive.poll(start + SECOND * 20, true), Action::Ping);
        keepalive.handle_activity();
        let next = Action::Wait(Some(start + SECOND * 40));
        assert_eq!(keepalive.poll(start + SECOND * 20, true), next);
    }

    #[test]
    fn silence_after_a_ping_loses_the_peer() {
        let (mut keepalive, start) = started();
        keepalive.poll(start + SECOND * 20, true);
        assert_eq!(
            keepalive.poll(start + SECOND * 24, true),
            Action::Wait(Some(start + SECOND * 25))
        );
        assert_eq!(keepalive.poll(start + SECOND * 25, true), Action::Lost);
    }

    #[test]
    fn any_bytes_are_a_sign_of_life() {
        let (mut keepalive, start) = started();
        keepalive.poll(start + SECOND * 20, true);
        keepalive.handle_activity();
        assert_eq!(
            keepalive.poll(start + SECOND * 39, true),
            Action::Wait(Some(start + SECOND * 40))
        );
    }

    #[test]
    fn time_without_reading_does_not_count() {
        let (mut keepalive, start) = started();
        keepalive.poll(start + SECOND * 20, true);
        assert_ne!(keepalive.poll(start + SECOND * 30, false), Action::Lost);
        assert_eq!(keepalive.poll(start + SECOND * 40, false), Action::Ping);
        assert_ne!(keepalive.poll(start + SECOND * 59, true), Action::Lost);
    }

    #[test]
    fn can_be_switched_off() {
        let now = Instant::now();
        assert_eq!(
            Keepalive::new(None, Some(SECOND), now).poll(now, true),
            Action::Wait(None)
        );
        let mut pings_only = Keepalive::new(Some(SECOND), None, now);
        assert_eq!(pings_only.poll(now + SECOND, true), Action::Ping);
        assert_eq!(
            pings_only.poll(now + SECOND, true),
            Action::Wait(Some(now + SECOND * 2))
        );
    }
}
