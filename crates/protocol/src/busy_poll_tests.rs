#![allow(clippy::unwrap_used)] // A test may.
use super::*;

fn micros(count: u64) -> Duration {
    Duration::from_micros(count)
}

/// A peer whose replies take so long, by how they are waited for.
struct Peer {
    /// Looks that are in vain before a reply is there; more than two where it is not there as soon.
    vain_looks: u32,
    awake: Duration,
    asleep: Duration,
}

impl Peer {
    /// Replies of it that were looked for, and those that were waited for awake.
    fn answer(&self, busy_poll: &mut BusyPoll, replies: u32) -> (u32, u32) {
        let now = Instant::now();
        let (mut looks, mut awake) = (0, 0);
        for _ in 0..replies {
            if busy_poll.expect(|| now) {
                looks += 1;
                let mut vain = 0;
                while vain < self.vain_looks && busy_poll.handle_vain_look() {
                    vain += 1;
                }
                if vain == self.vain_looks {
                    busy_poll.handle_reply(|| unreachable!("a look is not timed"));
                    continue;
                }
            }
            let window = busy_poll.go_on(|| now);
            awake += u32::from(window.is_some());
            let gap = match window {
                Some(window) if self.awake <= window => self.awake,
                Some(window) => {
                    busy_poll.handle_miss();
                    window + self.asleep
                }
                None => self.asleep,
            };
            busy_poll.handle_reply(|| now + gap);
        }
        (looks, awake)
    }
}

const ON_ANOTHER_CORE: Peer = Peer {
    vain_looks: 3,
    awake: Duration::from_micros(20),
    asleep: Duration::from_micros(70),
};
const ON_THE_SAME_CORE: Peer = Peer {
    vain_looks: 3,
    awake: Duration::from_micros(12),
    asleep: Duration::from_micros(8),
};
/// Runs as soon as it is written to.
const HANDING_OVER: Peer = Peer {
    vain_looks: 0,
    ..ON_THE_SAME_CORE
};
/// Runs as soon as others give way.
const WAITING_FOR_ITS_TURN: Peer = Peer {
    vain_looks: 1,
    ..ON_THE_SAME_CORE
};
const FAR_AWAY: Peer = Peer {
    vain_looks: 3,
    awake: Duration::from_millis(5),
    asleep: Duration::from_millis(5),
};

#[test]
fn a_peer_on_another_core_is_waited_for_awake() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    let (_, awake) = ON_ANOTHER_CORE.answer(&mut busy_poll, 10_000);
    assert!(awake > 9_900, "{awake}");
}

#[test]
fn a_peer_on_the_same_core_is_waited_for_asleep() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    let (looks, awake) = ON_THE_SAME_CORE.answer(&mut busy_poll, 10_000);
    assert!(awake < 50, "{awake}");
    assert!(looks < 100, "{looks}");
}

#[test]
fn a_peer_that_moves_is_followed() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    for (peer, least, most) in [
        (&ON_ANOTHER_CORE, 7_000, 10_000),
        (&ON_THE_SAME_CORE, 0, 6_000),
        (&ON_ANOTHER_CORE, 4_000, 10_000),
    ] {
        let (_, awake) = peer.answer(&mut busy_poll, 10_000);
        assert!(awake >= least && awake <= most, "{awake}");
    }
}

#[test]
fn a_slow_peer_is_waited_for_awake_ever_less_often() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    // The first reply is slept for, then waits in vain are followed by 1, 2, 4 ... replies asleep.
    busy_poll.asleep.add(micros(100));
    assert_eq!(FAR_AWAY.answer(&mut busy_poll, 10).1, 3);
    assert_eq!(FAR_AWAY.answer(&mut busy_poll, 8200).1, 11);
    assert_eq!(FAR_AWAY.answer(&mut busy_poll, 4 * (WAITS.most + 1)).1, 4);
}

#[test]
fn a_peer_that_was_never_quick_is_not_waited_for_awake_at_all() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    let (looks, awake) = FAR_AWAY.answer(&mut busy_poll, 1000);
    assert_eq!(awake, 0);
    assert!(looks <= 11, "{looks}");
}

#[test]
fn a_quick_reply_makes_up_for_all_waits_in_vain() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    busy_poll.asleep.add(micros(100));
    FAR_AWAY.answer(&mut busy_poll, 1000);
    ON_ANOTHER_CORE.answer(&mut busy_poll, 1000);
    assert!(ON_ANOTHER_CORE.answer(&mut busy_poll, 100).1 >= 99);
}

#[test]
fn the_window_follows_the_replies() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    busy_poll.asleep.add(micros(100));
    assert_eq!(busy_poll.window(), MAX_WINDOW);
    for (gap, least, most) in [(9, 17, 20), (1, 10, 10), (45, 50, 50)] {
        let peer = Peer {
            vain_looks: 3,
            awake: micros(gap),
            asleep: micros(100),
        };
        peer.answer(&mut busy_poll, 1000);
        let window = busy_poll.window();
        assert!(window >= micros(least) && window <= micros(most), "{window:?}");
    }
}

#[test]
fn a_reply_that_is_there_already_is_looked_for_and_not_timed() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    assert_eq!(HANDING_OVER.answer(&mut busy_poll, 1000), (1000, 0));
    assert_eq!(busy_poll.counts(), (1000, 0));
    // Once it takes longer, looks are soon given up, and taken up again when they pay.
    let (looks, _) = ON_THE_SAME_CORE.answer(&mut busy_poll, 1000);
    assert!(looks <= 20, "{looks}");
    HANDING_OVER.answer(&mut busy_poll, 2 * LOOKS.most);
    assert_eq!(HANDING_OVER.answer(&mut busy_poll, 100).0, 100);
}

#[test]
fn a_peer_that_waits_for_its_turn_is_given_it() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    assert_eq!(WAITING_FOR_ITS_TURN.answer(&mut busy_poll, 1000), (1000, 0));
    assert_eq!(busy_poll.counts(), (1000, 0));
}

/// A time that goes on.
struct Clock(Instant);

/// A peer on another core. The one in so many replies that is waited for awake meets somebody else on this one.
fn waits_among_others(busy_poll: &mut BusyPoll, clock: &mut Clock, replies: u32, one_in: u32) -> (u32, u32) {
    let (mut awake, mut contended) = (0, 0);
    for _ in 0..replies {
        let before = clock.0;
        let mut gives_way = busy_poll.expect(|| before) && busy_poll.handle_vain_look();
        gives_way |= busy_poll.go_on(|| before).is_some();
        awake += u32::from(gives_way);
        clock.0 += micros(if gives_way { 20 } else { 60 });
        if gives_way && awake.is_multiple_of(one_in) {
            contended += 1;
            let from = clock.0;
            clock.0 += Duration::from_millis(4);
            busy_poll.handle_contention(from, clock.0);
        }
        // The reply is there each time, by then.
        busy_poll.handle_reply(|| clock.0);
    }
    (awake, contended)
}

#[test]
fn who_shares_the_core_with_others_sleeps() {
    let (mut busy_poll, mut clock) = (BusyPoll::new(Mode::Auto), Clock(Instant::now()));
    ON_ANOTHER_CORE.answer(&mut busy_poll, 1000);
    // 1 + 2 + 4 ... + 512 ms asleep, then a second each time: ten waits in the first.
    let (_, contended) = waits_among_others(&mut busy_poll, &mut clock, 16_000, 1);
    assert!((9..=11).contains(&contended), "{contended}");
    let (_, contended) = waits_among_others(&mut busy_poll, &mut clock, 160_000, 1);
    assert!((9..=11).contains(&contended), "{contended}");
    // The others have gone.
    waits_among_others(&mut busy_poll, &mut clock, 20_000, u32::MAX);
    let (awake, _) = waits_among_others(&mut busy_poll, &mut clock, 1000, u32::MAX);
    assert!(awake > 950, "{awake}");
}

#[test]
fn others_who_were_there_for_a_moment_are_soon_forgotten() {
    let (mut busy_poll, mut clock) = (BusyPoll::new(Mode::Auto), Clock(Instant::now()));
    ON_ANOTHER_CORE.answer(&mut busy_poll, 1000);
    for _ in 0..3 {
        let (_, contended) = waits_among_others(&mut busy_poll, &mut clock, 60, 1);
        assert!((2..=3).contains(&contended), "{contended}");
        let (awake, _) = waits_among_others(&mut busy_poll, &mut clock, 10_000, u32::MAX);
        assert!(awake > 9_800, "{awake}");
    }
}

#[test]
fn somebody_who_comes_now_and_then_is_felt_as_well() {
    let (mut busy_poll, mut clock) = (BusyPoll::new(Mode::Auto), Clock(Instant::now()));
    ON_ANOTHER_CORE.answer(&mut busy_poll, 1000);
    waits_among_others(&mut busy_poll, &mut clock, 20_000, 50);
    let before = clock.0;
    let (awake, _) = waits_among_others(&mut busy_poll, &mut clock, 20_000, 50);
    // Awake each time it would be 2 s, asleep each time it is 1.2.
    let took = clock.0.saturating_duration_since(before);
    assert!(took < Duration::from_millis(1300), "{took:?}, {awake} awake");
}

#[test]
fn who_wants_no_advice_gets_none() {
    let (mut busy_poll, mut clock) = (BusyPoll::new(Mode::Fixed(micros(50))), Clock(Instant::now()));
    assert_eq!(
        waits_among_others(&mut busy_poll, &mut clock, 1000, 1),
        (1000, 1000)
    );
}

#[test]
fn without_a_look_nothing_is_held_against_looking() {
    let mut busy_poll = BusyPoll::new(Mode::Auto);
    for _ in 0..100 {
        assert!(busy_poll.expect(Instant::now));
        busy_poll.go_on(Instant::now);
        busy_poll.handle_reply(Instant::now);
    }
}

#[test]
fn a_reply_is_expected_once() {
    let mut busy_poll = BusyPoll::new(Mode::Fixed(micros(200)));
    assert_eq!(busy_poll.go_on(Instant::now), None, "nothing is expected");
    assert!(busy_poll.expect(Instant::now));
    assert!(!busy_poll.expect(Instant::now));
    assert!(busy_poll.is_expecting());
    assert_eq!(busy_poll.go_on(Instant::now), Some(micros(200)));
    assert_eq!(busy_poll.go_on(Instant::now), None);
    busy_poll.handle_miss();
    busy_poll.handle_miss();
    assert_eq!(busy_poll.counts(), (0, 1));
    assert!(!busy_poll.expect(Instant::now), "it is still the same reply");
    busy_poll.handle_reply(Instant::now);
    assert!(busy_poll.expect(Instant::now));
}

#[test]
fn a_late_reply_says_nothing() {
    let mut busy_poll = BusyPoll::new(Mode::Fixed(micros(200)));
    let now = Instant::now();
    busy_poll.expect(|| now);
    busy_poll.go_on(|| now);
    busy_poll.handle_reply(|| now + micros(1001));
    assert_eq!(busy_poll.counts(), (0, 0));
    assert!(!busy_poll.is_expecting());
}

/// Looks for the rest of messages, each of two parts with so many looks in between.
fn looks_for_rest(busy_poll: &mut BusyPoll, reads: &mut u64, messages: u64, looks_until_rest: u32) -> u32 {
    let mut looks = 0;
    for _ in 0..messages {
        *reads += 1;
        let mut left = looks_until_rest;
        while left > 0 && busy_poll.expect_rest(*reads, Instant::now) {
            left -= 1;
            looks += 1;
        }
        *reads += 1;
    }
    looks
}

#[test]
fn the_rest_of_a_message_is_looked_for_as_long_as_that_pays() {
    let (mut busy_poll, mut reads) = (BusyPoll::new(Mode::Auto), 0);
    assert_eq!(looks_for_rest(&mut busy_poll, &mut reads, 1000, 5), 5000);
    let in_vain = looks_for_rest(&mut busy_poll, &mut reads, 4000, 1000);
    assert!(in_vain <= 13 * LOOKS_FOR_REST, "{in_vain}");
    looks_for_rest(&mut busy_poll, &mut reads, 2 * u64::from(WAITS.most), 5);
    assert_eq!(looks_for_rest(&mut busy_poll, &mut reads, 1000, 5), 5000);
}

#[test]
fn the_rest_of_a_message_is_not_looked_for_where_others_want_the_core() {
    let (mut busy_poll, mut reads) = (BusyPoll::new(Mode::Auto), 0);
    assert_eq!(looks_for_rest(&mut busy_poll, &mut reads, 1, 5), 5);
    let later = Instant::now() + Duration::from_secs(60);
    busy_poll.handle_contention(later, later);
    assert_eq!(looks_for_rest(&mut busy_poll, &mut reads, 100, 5), 0);
}

#[test]
fn off_is_off() {
    let mut busy_poll = BusyPoll::new(Mode::Off);
    assert!(!busy_poll.expect(|| unreachable!("the clock is not asked")));
    assert_eq!(busy_poll.go_on(|| unreachable!("the clock is not asked")), None);
    assert!(!busy_poll.expect_rest(1, || unreachable!("the clock is not asked")));
    busy_poll.handle_reply(|| unreachable!("the clock is not asked"));
    assert_eq!(busy_poll.counts(), (0, 0));
}
