//! The blocking driver: waits on the calling thread, then delivers a batch or leaves its rows for the caller.

use crate::boundary::interrupt::BlockedCall;
use crate::environment::state::{Collected, Environment, Record};
use crate::slots::Key;
use std::time::{Duration, Instant};
use websocket_rs_client::blocking::{Interest, Wait, Wake};

/// Why a blocked call has returned. `exports/constants.rs` exports the numbers.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(crate) enum Woken {
    /// The time limit has passed.
    Deadline = 0,
    /// A batch was delivered, or the connection has ended.
    Delivered = 1,
    /// Sending is no longer paused.
    Drained = 2,
    /// A signal or the termination of the Worker has interrupted the call.
    Interrupted = 3,
    /// The connection does not exist.
    Gone = 4,
    /// The rows of a batch are left for the caller.
    Rows = 5,
    /// A batch is being collected further out on this stack, so nothing can be read.
    Busy = 6,
}

/// Waits for one connection and delivers what arrives.
pub(crate) fn block(
    environment: &Environment,
    key: Key,
    interest: Interest,
    timeout: Option<Duration>,
    signals: u32,
) -> Woken {
    if environment.is_busy() {
        return Woken::Busy;
    }
    environment.finish_jobs();
    let woken = wait(environment, key, interest, timeout, signals);
    environment.with(key, Record::note_turn);
    woken
}

fn wait(
    environment: &Environment,
    key: Key,
    interest: Interest,
    timeout: Option<Duration>,
    signals: u32,
) -> Woken {
    let now = Instant::now();
    let deadline = timeout.and_then(|by| now.checked_add(by));
    let call = BlockedCall::new(environment.raw(), signals);
    // Raised since the last blocked call of this loop iteration, and not yet reported to JavaScript.
    if call.is_signalled() {
        return Woken::Interrupted;
    }
    let mut wait = Wait::new(interest, now, deadline, &call);
    environment.with(key, |record| record.connection.note_delivered());
    loop {
        // The connection cannot be removed meanwhile: this call blocks its only thread.
        let waited = environment.with(key, |record| wait.step(&mut record.connection));
        environment.reclaim_buffer(key);
        match waited {
            None => return Woken::Gone,
            Some(Ok(Wake::Deadline)) => return Woken::Deadline,
            Some(Ok(Wake::Interrupted)) => return Woken::Interrupted,
            Some(Ok(Wake::Drained)) => return Woken::Drained,
            Some(Err(error)) => {
                environment.fail(key, error);
                return Woken::Delivered;
            }
            Some(Ok(Wake::Readable)) => {
                // Part of a frame, or a ping, is not an event for JavaScript: wait on.
                if let Some(woken) = deliver_batch(environment, key) {
                    return woken;
                }
            }
        }
    }
}

/// Delivers one batch. Returns `None` if it has no events.
fn deliver_batch(environment: &Environment, key: Key) -> Option<Woken> {
    environment.with(key, |record| record.connection.begin_turn(1));
    let Some(collected) = environment.collect(key) else {
        return Some(Woken::Delivered);
    };
    match collected {
        Collected::Ended => environment.remove(key),
        Collected::NoMemory => environment.fail_for_memory(key),
        Collected::Drained | Collected::More | Collected::Spent | Collected::Ending => {}
    }
    let has_rows = environment.has_rows();
    if environment.deliver_blocked() {
        return Some(Woken::Rows);
    }
    has_rows.then_some(Woken::Delivered)
}
