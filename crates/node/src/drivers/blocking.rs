//! The blocking driver's calls: wait on this thread, then hand over as the loop driver does.

use super::interrupt::BlockedCall;
use crate::environment::Environment;
use crate::record::{Outcome, Record};
use crate::slots::Key;
use std::time::{Duration, Instant};
use websocket_rs_client::blocking::{Interest, Wait, Wake};

/// Why a blocked call came back. The numbers are those of `src/native.ts`.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(crate) enum Woken {
    Deadline = 0,
    /// Rows were handed over, or the connection ended.
    Delivered = 1,
    Drained = 2,
    Interrupted = 3,
    /// No such connection.
    Gone = 4,
    /// The rows are left for the caller.
    Rows = 5,
    /// A batch is being made, further out on this stack: nothing can be read.
    Busy = 6,
}

/// Waits on one connection and hands over what came.
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
    let woken = wait(environment, key, interest, timeout, signals);
    environment.with(key, Record::note_look);
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
    let call = BlockedCall::new(environment, signals);
    // One that came since the last call of this turn, and that JavaScript could not hear of.
    if call.is_signalled() {
        return Woken::Interrupted;
    }
    let mut wait = Wait::new(interest, now, deadline, &call);
    environment.with(key, |record| record.connection.note_delivered());
    loop {
        // Nothing can take the connection away meanwhile: this call blocks its only thread.
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
                // Nothing, part of a frame, or a ping, is no message: wait on.
                if let Some(woken) = hand_over(environment, key) {
                    return woken;
                }
            }
        }
    }
}

/// Hands over one batch, if there is anything in it.
fn hand_over(environment: &Environment, key: Key) -> Option<Woken> {
    environment.with(key, |record| record.connection.begin_turn(1));
    let Some(outcome) = environment.collect(key) else {
        return Some(Woken::Delivered);
    };
    match outcome {
        Outcome::Ended => environment.remove(key),
        Outcome::NoMemory => environment.fail_for_memory(key),
        Outcome::Drained | Outcome::More | Outcome::Spent | Outcome::Failing => {}
    }
    let some = environment.has_rows();
    if environment.deliver_blocked(key) {
        return Some(Woken::Rows);
    }
    some.then_some(Woken::Delivered)
}
