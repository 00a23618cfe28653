//! The time limit of closing handshakes, for connections that libuv watches.

use super::event_loop;
use crate::delivery::Batch;
use crate::environment::state::Environment;
use crate::slots::Key;
use crate::uv::TimerHandle;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Tells JavaScript if the connection has not ended after `time`. Returns `false` if libuv does not watch it.
///
/// * `holds`: whether the loop stays alive until then
pub(crate) fn limit(environment: &Rc<Environment>, key: Key, time: Duration, holds: bool) -> bool {
    let is_watched = environment.with(key, |record| {
        record.is_watched() && record.close_deadline.is_none()
    });
    let Some(at) = Instant::now()
        .checked_add(time)
        .filter(|_| is_watched == Some(true))
    else {
        return false;
    };
    if !add(environment, at) {
        return false;
    }
    environment.with(key, |record| {
        record.close_deadline = Some(at);
        record.is_close_holding = holds;
    });
    if holds {
        environment.close_deadlines.hold();
    }
    true
}

fn add(environment: &Rc<Environment>, deadline: Instant) -> bool {
    environment.close_deadlines.add(deadline, || {
        let uv = environment.uv.as_ref()?;
        let environment = Rc::clone(environment);
        TimerHandle::new(uv, move || environment.enter(expire))
    })
}

/// Reports the deadlines that have passed, and waits for the next.
fn expire(environment: &Rc<Environment>) {
    environment.close_deadlines.note_due();
    let now = Instant::now();
    for (key, at) in environment.connections.close_deadlines() {
        if at <= now {
            expire_one(environment, key);
        }
    }
    // JavaScript may have ended connections meanwhile.
    if let Some((_, next)) = environment.connections.close_deadlines().first() {
        add(environment, *next);
    }
}

fn expire_one(environment: &Rc<Environment>, key: Key) {
    // The end may have arrived while the loop was blocked.
    event_loop::run_requested_turn(environment, key);
    let passed = environment.with(key, |record| {
        record.close_deadline = None;
        std::mem::take(&mut record.is_close_holding)
    });
    let Some(holds) = passed else {
        return;
    };
    if holds {
        environment.close_deadlines.release();
    }
    environment.push(key, Batch::push_close_due);
    environment.deliver();
}
