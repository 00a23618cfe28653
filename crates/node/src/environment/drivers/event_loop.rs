//! The loop driver: libuv watches the socket of a connection, on the JavaScript thread.
//!
//! A turn reads the socket, decodes everything that was read, delivers it in one call and writes what the handlers have
//! sent; if a batch is full, it continues with the next. Connections that are ready in the same iteration of the loop are
//! read one after the other when libuv has reported all of them, and delivered together. No borrow is held while JavaScript
//! runs, because JavaScript may send on, pause or end this connection. After each call the connection is looked up again.

use crate::delivery::Batch;
use crate::environment::state::{Collected, Environment, Gather, Handle, Record};
use crate::slots::Key;
use crate::uv::{DISCONNECT, READABLE, TimerHandle, WRITABLE};
use std::ffi::c_int;
use std::rc::Rc;
use std::time::Instant;
use websocket_rs_client::KeepaliveStep;

/// Batches that one connection may deliver before the loop's other handles run.
const BATCHES_PER_TURN: usize = 8;

/// Received bytes of one turn from which a connection counts as bulk: no reply is read for it before the loop's other
/// handles have run.
const BULK: u64 = 128 * 1024;

/// Handles a socket that libuv has found ready, outside of a handle scope. What has arrived may wait until libuv has reported
/// the other connections that are ready, so that one call delivers all of it. A connection that is alone has nothing to wait for.
pub(crate) fn handle_polled(environment: &Rc<Environment>, key: Key, status: c_int, events: c_int) {
    let is_read_only = status >= 0 && events == READABLE;
    if is_read_only && environment.connections.len() > 1 && environment.gathered.is_open() {
        match environment.with(key, Record::gather) {
            Some(Gather::Listed) => return,
            Some(Gather::New) => {
                if environment.gathered.add(key) {
                    environment.enter(read_gathered);
                }
                return;
            }
            Some(Gather::Refused) | None => {}
        }
    }
    environment.enter(|environment| handle_ready(environment, key, status, events));
}

/// Reads the gathered connections, delivers what has arrived, writes what the handlers have sent, and waits for the next
/// events.
pub(crate) fn read_gathered(environment: &Rc<Environment>) {
    let ready = environment.gathered.take();
    let mut delivered = 0;
    for (index, key) in ready.iter().enumerate() {
        // JavaScript runs below, so this connection may have ended, or stopped to read.
        if !read_into_batch(environment, *key) {
            finish_gathered(environment, ready.get(delivered..=index).unwrap_or_default());
            delivered = index + 1;
        }
    }
    environment.deliver();
    finish_gathered(environment, ready.get(delivered..).unwrap_or_default());
    environment.gathered.reuse_list(ready);
}

/// Moves what has arrived for a connection into the batch. Returns `false` if it could not wait there, and is delivered.
fn read_into_batch(environment: &Rc<Environment>, key: Key) -> bool {
    if environment.with(key, Record::begin_gathered) != Some(true) {
        return true;
    }
    let before = begin_turn(environment, key);
    let collected = environment.collect(key);
    let waits = collected == Some(Collected::Drained) && environment.can_wait();
    let due = collected.filter(|_| !waits);
    if let Some(collected) = due {
        deliver_collected(environment, key, collected);
    }
    end_turn(environment, key, before);
    due.is_none()
}

/// Does what [`finish_turn`] does, for connections whose messages were delivered together.
fn finish_gathered(environment: &Rc<Environment>, keys: &[Key]) {
    flush_tick(environment);
    for key in keys {
        let finished = environment.with(*key, |record| {
            let awaits_end = record.flush_turn();
            record.arm();
            (awaits_end, record.is_drained())
        });
        let Some((awaits_end, is_drained)) = finished else {
            continue;
        };
        if awaits_end {
            await_end(environment, *key);
        }
        if is_drained {
            finish_turn(environment, *key);
        } else {
            expect_reply(environment, *key);
            environment.reclaim_buffer(*key);
        }
    }
}

/// Handles a socket that is ready, or has failed (`status` below zero).
pub(crate) fn handle_ready(environment: &Rc<Environment>, key: Key, status: c_int, events: c_int) {
    let failed = status < 0;
    let open = environment.with(key, |record| {
        // libuv calls only after JavaScript has handled everything that was delivered.
        record.connection.note_delivered();
        if failed && let Some(handle) = &mut record.handle {
            handle.note_stopped();
        }
        if events & WRITABLE != 0 || failed {
            record.connection.flush();
        }
        if failed || events & DISCONNECT != 0 {
            record.note_hang_up();
        }
        // A connection has one turn in a loop iteration, however much the peer sends.
        (failed || events & (READABLE | DISCONNECT) != 0) && !record.is_turn_requested
    });
    let Some(reads) = open else {
        return;
    };
    deliver_drained(environment, key);
    if reads {
        read_turn(environment, key);
    }
    finish_turn(environment, key);
}

/// Sends what another thread has compressed, and continues to receive what it has decompressed.
pub(crate) fn handle_job_ended(environment: &Rc<Environment>, key: Key) {
    let reads = environment.with(key, |record| {
        record.connection.note_delivered();
        record.connection.flush();
        // A turn also reports what has failed.
        let is_due = record.connection.is_unfinished() || record.connection.is_decompressing();
        is_due && !record.is_turn_requested
    });
    if reads == Some(true) {
        read_turn(environment, key);
    }
    finish_turn(environment, key);
    let is_compressing = |record: &mut Record| {
        record.has_job = record.connection.is_compressing();
        record.has_job
    };
    if environment.with(key, is_compressing) != Some(true) {
        environment.jobs.remove(key);
    }
}

/// Runs the turn that JavaScript requests after [`Batch::push_more`].
pub(crate) fn run_requested_turn(environment: &Rc<Environment>, key: Key) {
    environment.with(key, |record| {
        record.connection.note_delivered();
        record.is_end_deferred = false;
    });
    environment.connections.set_turn_requested(key, false);
    run_turn(environment, key);
}

/// Runs a turn that no event of the socket has caused.
pub(crate) fn run_turn(environment: &Rc<Environment>, key: Key) {
    read_turn(environment, key);
    finish_turn(environment, key);
}

/// Delivers what has arrived, as long as JavaScript takes it.
fn read_turn(environment: &Rc<Environment>, key: Key) {
    let before = begin_turn(environment, key);
    if let Some(collected) = environment.collect(key) {
        deliver_collected(environment, key, collected);
    }
    end_turn(environment, key, before);
}

/// Delivers what has come with the response that has opened a connection. The rest of the socket is read by the turn that
/// follows the opening. Allocates the slab, if there is none.
fn deliver_rest(environment: &Rc<Environment>, key: Key) {
    if let Some(collected) = environment.collect(key) {
        deliver_collected(environment, key, collected);
    }
}

/// Begins a turn. Returns the bytes that were received before it, for [`end_turn`].
fn begin_turn(environment: &Environment, key: Key) -> u64 {
    let sharers = environment.connections.requested_turns() + 1;
    let begin = |record: &mut Record| {
        record.connection.begin_turn(sharers);
        record.connection.stats().bytes_received
    };
    environment.with(key, begin).unwrap_or_default()
}

fn end_turn(environment: &Environment, key: Key, before: u64) {
    environment.with(key, |record| {
        record.is_bulk = record.connection.stats().bytes_received - before > BULK;
    });
}

/// Delivers the first batch of a turn, and those that follow.
fn deliver_collected(environment: &Rc<Environment>, key: Key, first: Collected) {
    let mut next = Some(first);
    for batch in 1..=BATCHES_PER_TURN {
        let Some(collected) = next else {
            return;
        };
        match collected {
            // Its number is free before the end is delivered.
            Collected::Ended => environment.remove(key),
            Collected::Ending | Collected::Spent => request_turn(environment, key),
            Collected::More if batch == BATCHES_PER_TURN => request_turn(environment, key),
            Collected::NoMemory => environment.fail_for_memory(key),
            Collected::More | Collected::Drained => {}
        }
        if !environment.deliver() || collected != Collected::More || batch == BATCHES_PER_TURN {
            return;
        }
        next = environment.collect(key);
    }
}

/// Lets JavaScript request another turn, after the loop's other handles have run.
fn request_turn(environment: &Rc<Environment>, key: Key) {
    environment.connections.set_turn_requested(key, true);
    environment.push(key, Batch::push_more);
}

/// Writes everything that was sent, at the end of a tick or after a batch.
pub(crate) fn flush_tick(environment: &Rc<Environment>) {
    let flushed = environment.flush_unflushed();
    for key in &flushed {
        deliver_drained(environment, *key);
        expect_reply(environment, *key);
    }
    environment.connections.reuse_list(flushed);
}

/// Begins to busy-poll for a reply if one is expected.
fn expect_reply(environment: &Rc<Environment>, key: Key) {
    environment.with(key, |record| {
        let is_polled = record.handle.as_ref().is_some_and(Handle::is_poll);
        if is_polled && record.reading && record.connection.expect_reply() {
            environment.expected.add(key, &mut record.is_listed);
        }
    });
}

/// Delivers that sending is no longer paused. Writability alone would not do: the kernel reports it only once a third of
/// the send buffer is free, which may never happen if nothing is unsent.
fn deliver_drained(environment: &Rc<Environment>, key: Key) {
    if environment.with(key, Record::take_drained) == Some(true) {
        environment.push(key, Batch::push_drained);
        environment.deliver();
    }
}

/// Writes what the handlers have sent, and waits for the next event.
fn finish_turn(environment: &Rc<Environment>, key: Key) {
    flush_tick(environment);
    if environment.with(key, Record::flush_turn) == Some(true) {
        await_end(environment, key);
    }
    deliver_drained(environment, key);
    flush_tick(environment);
    environment.with(key, Record::arm);
    expect_reply(environment, key);
    environment.reclaim_buffer(key);
}

/// Gives the peer time to end the connection before this side does.
fn await_end(environment: &Rc<Environment>, key: Key) {
    let make = || {
        let environment = Rc::clone(environment);
        let uv = environment.uv.clone()?;
        TimerHandle::new(&uv, move || {
            environment.enter(end_awaited);
        })
    };
    if !environment.awaited_ends.add(key, make) {
        environment.with(key, |record| record.connection.end_writing());
    }
}

/// Ends this side of connections that their peers have not ended.
fn end_awaited(environment: &Rc<Environment>) {
    for key in environment.awaited_ends.take() {
        environment.with(key, |record| record.connection.end_writing());
    }
}

/// [`run_keepalive`] has sent a ping. JavaScript notes the time and calls again.
pub(crate) const PINGED: f64 = -2.0;
/// [`run_keepalive`] need not run again.
const NEVER: f64 = -1.0;

/// Runs the keepalive. Returns the milliseconds until it has to run again, or one of the above.
pub(crate) fn run_keepalive(environment: &Rc<Environment>, key: Key) -> f64 {
    if environment.with(key, |record| std::mem::take(&mut record.is_just_read)) == Some(true) {
        deliver_rest(environment, key);
    } else {
        // If the thread was busy, the pong may have arrived but not been read.
        run_turn(environment, key);
    }
    environment.refresh_relay(key);
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
