//! How an open connection enters the environment: with a handle of the loop, or without for the blocking driver.

use super::drivers::{busy_poll, event_loop};
use super::state::{Environment, Handle, Record};
use crate::slots::Key;
use crate::system::send_queue;
use crate::uv::{PollHandle, PrepareHandle};
use std::ffi::c_int;
use std::rc::Rc;
use websocket_rs_client::{Connection, Relay};

impl Environment {
    /// Adds a connection. With `on_loop`, libuv watches its socket, or JavaScript carries its stream. Returns `None` if libuv refuses the socket, or if the
    /// environment is closed.
    pub(crate) fn adopt(
        self: &Rc<Self>,
        mut connection: Connection,
        high_water_mark: usize,
        on_loop: bool,
    ) -> Option<Key> {
        self.hold().ok()?;
        connection.set_send_queue_probe(send_queue::probe);
        connection.use_payload_memory(self.buffers.payloads.clone());
        let has_jobs = on_loop && connection.is_compressed();
        let key = self.insert(connection, high_water_mark, on_loop);
        if let Some(key) = key.filter(|_| has_jobs) {
            self.allow_jobs(key);
        }
        self.release_if_idle();
        key
    }

    fn insert(self: &Rc<Self>, connection: Connection, high_water_mark: usize, on_loop: bool) -> Option<Key> {
        if let Some(relay) = connection.relay().cloned() {
            return self.insert_relayed(connection, &relay, high_water_mark);
        }
        let socket = raw_socket(&connection)?;
        let mut records = self.connections.records.borrow_mut();
        let key = records.insert(Record::new(connection, None, high_water_mark))?;
        if on_loop {
            let Some(handle) = self.watch(socket, key) else {
                records.remove(key);
                return None;
            };
            let record = records.get_mut(key)?;
            record.handle = Some(Handle::Poll(handle));
            record.arm();
        }
        Some(key)
    }

    fn insert_relayed(&self, connection: Connection, relay: &Relay, high_water_mark: usize) -> Option<Key> {
        let mut records = self.connections.records.borrow_mut();
        let key = records.insert(Record::new(connection, Some(Handle::Relay), high_water_mark))?;
        self.relays.set_connection(relay, key);
        records.get_mut(key)?.arm();
        Some(key)
    }

    /// Makes the handle of a connection, and that of the environment for busy-polling.
    fn watch(self: &Rc<Self>, socket: RawSocket, key: Key) -> Option<PollHandle> {
        let uv = self.uv.as_ref()?;
        let environment = Rc::clone(self);
        let on_ready = move |status: c_int, events: c_int| {
            environment.enter(|environment| event_loop::handle_ready(environment, key, status, events));
        };
        let handle = PollHandle::new(uv, socket, on_ready)?;
        self.expected.open(|| {
            let environment = Rc::clone(self);
            PrepareHandle::new(uv, move || environment.enter(busy_poll::run))
        });
        Some(handle)
    }
}

#[cfg(unix)]
use std::os::fd::RawFd as RawSocket;
#[cfg(windows)]
use std::os::windows::io::RawSocket;

#[cfg(unix)]
fn raw_socket(connection: &Connection) -> Option<RawSocket> {
    use std::os::fd::AsRawFd;
    connection.stream().map(AsRawFd::as_raw_fd)
}

#[cfg(windows)]
fn raw_socket(connection: &Connection) -> Option<RawSocket> {
    use std::os::windows::io::AsRawSocket;
    connection.stream().map(AsRawSocket::as_raw_socket)
}
