//! The loop driver: a connection's socket is watched by libuv, on the JavaScript thread.
//!
//! A turn: read once, decode all of it, hand it over in one call, write what the handlers sent.
//! No borrow is held while JavaScript runs, because it may send on, pause or end this very
//! connection; after each call everything is looked up again.

use super::uv::{READABLE, WRITABLE};
use crate::delivery::Batch;
use crate::environment::Environment;
use crate::record::{Outcome, Record};
use crate::slots::Key;
use std::ffi::c_int;
use std::rc::Rc;
use std::time::Instant;
use websocket_rs_client::KeepaliveStep;

/// Batches one connection may hand over before the loop's other handles get their turn.
const BATCHES_A_TURN: usize = 8;

/// The socket is ready, or has failed (`status` below zero).
pub(crate) fn handle_ready(environment: &Rc<Environment>, key: Key, status: c_int, events: c_int) {
    let failed = status < 0;
    let open = environment.with(key, |record| {
        // libuv calls when everything that was delivered has been handled.
        record.connection.note_delivered();
        if failed && let Some(handle) = &mut record.handle {
            handle.note_stopped();
        }
        if events & WRITABLE != 0 || failed {
            record.connection.flush();
        }
        // A connection has one turn in an iteration of the loop, however much the peer sends.
        (failed || events & READABLE != 0) && !record.turn_waits
    });
    let Some(reads) = open else {
        return;
    };
    tell_drained(environment, key);
    if reads {
        read_turn(environment, key);
    }
    finish_turn(environment, key);
}

/// The turn that JavaScript asked for when it was handed [`Batch::push_more`].
pub(crate) fn turn_asked(environment: &Rc<Environment>, key: Key) {
    environment.with(key, |record| {
        record.connection.note_delivered();
        record.failure_waits = false;
    });
    environment.note_turn(key, false);
    turn(environment, key);
}

/// A turn that no socket announced.
pub(crate) fn turn(environment: &Rc<Environment>, key: Key) {
    read_turn(environment, key);
    finish_turn(environment, key);
}

/// Bytes in one turn from which a connection is no longer exchanging single messages: no reply of it is looked for
/// before the loop's other handles have had their turn.
const BULK: u64 = 128 * 1024;

/// Hands over what has arrived, as long as JavaScript takes it.
fn read_turn(environment: &Rc<Environment>, key: Key) {
    let received = |record: &mut Record| record.connection.stats().bytes_received;
    let sharers = environment.turns.get() + 1;
    let begin = |record: &mut Record| {
        record.connection.begin_turn(sharers);
        received(record)
    };
    let before = environment.with(key, begin).unwrap_or_default();
    hand_over_batches(environment, key);
    environment.with(key, |record| record.is_bulk = received(record) - before > BULK);
}

fn hand_over_batches(environment: &Rc<Environment>, key: Key) {
    for batch in 1..=BATCHES_A_TURN {
        let Some(outcome) = environment.collect(key) else {
            return;
        };
        match outcome {
            // Its number is given back before JavaScript hears of the end.
            Outcome::Ended => environment.remove(key),
            Outcome::Failing | Outcome::Spent => ask_for_turn(environment, key),
            Outcome::More if batch == BATCHES_A_TURN => ask_for_turn(environment, key),
            Outcome::NoMemory => environment.fail_for_memory(key),
            Outcome::More | Outcome::Drained => {}
        }
        if !environment.deliver(key) || outcome != Outcome::More {
            return;
        }
    }
}

/// Has JavaScript ask for another turn, once the loop's other handles have had theirs.
fn ask_for_turn(environment: &Rc<Environment>, key: Key) {
    environment.note_turn(key, true);
    environment.push(Batch::push_more);
}

/// The end of a tick or of a batch: everything that was sent goes out.
pub(crate) fn flush_tick(environment: &Rc<Environment>) {
    let flushed = environment.flush_dirty();
    for key in &flushed {
        tell_drained(environment, *key);
        environment.expect_reply(*key);
    }
    environment.reclaim_list(flushed);
}

/// Tells JavaScript that its sends may go on. The socket itself calls itself writable only once a third
/// of its buffer is free, and that may be never where nothing is unsent any more.
fn tell_drained(environment: &Rc<Environment>, key: Key) {
    if environment.with(key, Record::take_drained) == Some(true) {
        environment.push(Batch::push_drained);
        environment.deliver(key);
    }
}

/// Writes what the handlers sent and waits for the next readiness.
fn finish_turn(environment: &Rc<Environment>, key: Key) {
    flush_tick(environment);
    environment.with(key, |record| {
        record.connection.flush();
    });
    tell_drained(environment, key);
    flush_tick(environment);
    environment.with(key, Record::arm);
    environment.expect_reply(key);
    environment.reclaim_buffer(key);
}

/// What [`tick`] answers after it sent a ping: JavaScript notes the time and asks again.
const PINGED: f64 = -2.0;
/// What [`tick`] answers where there is nothing to wait for.
const NEVER: f64 = -1.0;

/// Runs the keepalive; the milliseconds until it wants to run again, or one of the above.
pub(crate) fn tick(environment: &Rc<Environment>, key: Key) -> f64 {
    // If the thread was busy, the answer to the last ping may lie in the socket, unread.
    turn(environment, key);
    let now = Instant::now();
    match environment.with(key, |record| {
        record.connection.poll_keepalive(now, record.reading)
    }) {
        None | Some(Ok(KeepaliveStep::WaitUntil(None))) => NEVER,
        Some(Ok(KeepaliveStep::WaitUntil(Some(at)))) => {
            at.saturating_duration_since(now).as_secs_f64() * 1000.0
        }
        Some(Ok(KeepaliveStep::Pinged)) => {
            finish_turn(environment, key);
            PINGED
        }
        Some(Err(error)) => {
            environment.fail(key, error);
            NEVER
        }
    }
}
