//! The socket driver: JavaScript reads and writes the stream of a connection, on the same thread. Everything else is as
//! under the loop driver.

use super::event_loop;
use crate::environment::state::Environment;
use crate::slots::Key;
use crate::uv::{DISCONNECT, READABLE, WRITABLE};
use std::rc::Rc;
use websocket_rs_client::RelayError;

/// Takes bytes that JavaScript has read.
pub(crate) fn handle_read(environment: &Rc<Environment>, id: Key, bytes: &[u8]) {
    if let Some((relay, _)) = environment.relays.find(id) {
        relay.push(bytes);
    }
}

/// Notes that the stream has ended, or has failed. If it is destroyed, it writes nothing either.
pub(crate) fn handle_end(
    environment: &Rc<Environment>,
    id: Key,
    is_destroyed: bool,
    error: Option<RelayError>,
) {
    if let Some((relay, _)) = environment.relays.find(id) {
        environment.relays.forget_descriptor(id);
        if is_destroyed {
            relay.destroy();
        }
        relay.end(error);
    }
}

/// Notes how many bytes the stream has not written. Returns whether a turn is due.
pub(crate) fn handle_written(environment: &Rc<Environment>, id: Key, unsent: usize) -> bool {
    let Some((relay, connection)) = environment.relays.find(id) else {
        return false;
    };
    relay.set_unsent(unsent);
    connection
        .and_then(|key| environment.with(key, |record| record.needs_writable()))
        .unwrap_or_default()
}

/// Runs a turn: delivers what was read, or what the end of writing or of the stream brings.
pub(crate) fn run_turn(environment: &Rc<Environment>, id: Key, reads: bool, ended: bool) {
    let Some((_, Some(connection))) = environment.relays.find(id) else {
        return;
    };
    let mut events = WRITABLE;
    if reads {
        events |= READABLE;
    }
    if ended {
        events |= DISCONNECT;
    }
    event_loop::handle_ready(environment, connection, 0, events);
}
