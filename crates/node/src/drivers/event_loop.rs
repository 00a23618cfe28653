//! The loop driver: a connection's socket is watched by libuv, on the JavaScript thread.
//!
//! A turn: read once, decode all of it, hand it over in one call, write what the handlers sent.
//! No borrow is held while JavaScript runs, because it may send on, pause or end this very
//! connection; after each call everything is looked up again.

use super::uv::{READABLE, WRITABLE};
use crate::delivery::Batch;
use crate::environment::Environment;
use crate::record::Outcome;
use crate::slots::Key;
use std::ffi::c_int;
use std::time::Instant;
use websocket_rs_client::Tick;

/// Batches one connection may hand over before the loop's other handles get their turn.
const BATCHES_A_TURN: usize = 8;

/// The socket is ready, or has failed (`status` below zero).
pub(crate) fn handle_ready(environment: &Environment, key: Key, status: c_int, events: c_int) {
    let failed = status < 0;
    let drained = environment.with(key, |record| {
        if failed && let Some(handle) = &mut record.handle {
            handle.note_stopped();
        }
        if events & WRITABLE != 0 || failed {
            record.connection.flush();
        }
        record.take_drained()
    });
    let Some(drained) = drained else { return };
    if drained {
        environment.push(Batch::push_drained);
        environment.deliver(key);
    }
    if failed || events & READABLE != 0 {
        read_turn(environment, key);
    }
    finish_turn(environment, key);
}

/// A turn that no socket announced.
pub(crate) fn turn(environment: &Environment, key: Key) {
    read_turn(environment, key);
    finish_turn(environment, key);
}

/// Hands over what has arrived, as long as JavaScript takes it.
fn read_turn(environment: &Environment, key: Key) {
    for batch in 1..=BATCHES_A_TURN {
        let Some(outcome) = environment.collect(key) else {
            return;
        };
        match outcome {
            // Its number is given back before JavaScript hears of the end.
            Outcome::Ended => environment.remove(key),
            Outcome::More if batch == BATCHES_A_TURN => environment.push(Batch::push_more),
            Outcome::More | Outcome::Drained | Outcome::Stopped => {}
        }
        if !environment.deliver(key) || outcome != Outcome::More {
            return;
        }
    }
}

/// Writes what the handlers sent and waits for the next readiness.
fn finish_turn(environment: &Environment, key: Key) {
    environment.flush_dirty();
    environment.with(key, |record| {
        record.connection.flush();
        record.arm();
    });
}

/// What [`tick`] answers after it sent a ping: JavaScript notes the time and asks again.
const PINGED: f64 = -2.0;
/// What [`tick`] answers where there is nothing to wait for.
const NEVER: f64 = -1.0;

/// Runs the keepalive; the milliseconds until it wants to run again, or one of the above.
pub(crate) fn tick(environment: &Environment, key: Key) -> f64 {
    // If the thread was busy, the answer to the last ping may lie in the socket, unread.
    turn(environment, key);
    let now = Instant::now();
    match environment.with(key, |record| record.connection.tick(now, record.reading)) {
        None | Some(Ok(Tick::At(None))) => NEVER,
        Some(Ok(Tick::At(Some(at)))) => at.saturating_duration_since(now).as_secs_f64() * 1000.0,
        Some(Ok(Tick::Pinged)) => {
            finish_turn(environment, key);
            PINGED
        }
        Some(Err(error)) => {
            environment.fail(key, error);
            NEVER
        }
    }
}
