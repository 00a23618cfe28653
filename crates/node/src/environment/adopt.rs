//! How an open connection enters the environment: with a handle of the loop, or without for the blocking driver.

use super::drivers::{busy_poll, event_loop};
use super::state::{Environment, Handle, Record};
use crate::slots::Key;
use crate::system::send_queue;
use crate::uv::{CheckHandle, PollHandle, PrepareHandle};
use socket2::Socket;
use std::ffi::c_int;
use std::rc::Rc;
use websocket_rs_client::{Connection, Relay};

/// What is to drive a connection.
#[derive(Debug)]
pub(crate) enum Driver {
    /// The event loop: libuv watches the socket, or JavaScript carries the stream.
    Loop,
    /// The event loop, by a handle that watches the socket already.
    Watched(PollHandle),
    /// Calls that block the thread.
    Blocking,
}

impl Environment {
    /// Adds a connection. Returns `None` if libuv refuses its socket, or if the environment is closed.
    pub(crate) fn adopt(
        self: &Rc<Self>,
        mut connection: Connection,
        high_water_mark: usize,
        driver: Driver,
    ) -> Option<Key> {
        self.hold().ok()?;
        connection.set_send_queue_probe(send_queue::probe);
        connection.use_payload_memory(self.buffers.payloads.clone());
        let has_jobs = !matches!(driver, Driver::Blocking) && connection.is_compressed();
        let key = self.insert(connection, high_water_mark, driver);
        if let Some(key) = key.filter(|_| has_jobs) {
            self.allow_jobs(key);
        }
        self.release_if_idle();
        key
    }

    fn insert(
        self: &Rc<Self>,
        connection: Connection,
        high_water_mark: usize,
        driver: Driver,
    ) -> Option<Key> {
        if let Some(relay) = connection.relay().cloned() {
            return self.insert_relayed(connection, &relay, high_water_mark);
        }
        let socket = raw(connection.stream()?);
        let mut records = self.connections.records.borrow_mut();
        let key = records.insert(Record::new(connection, None, high_water_mark))?;
        let handle = match driver {
            Driver::Blocking => return Some(key),
            Driver::Watched(handle) => Some(handle),
            Driver::Loop => self.watch(socket, move |environment, status, events| {
                event_loop::handle_polled(environment, key, status, events);
            }),
        };
        let Some(handle) = handle else {
            records.remove(key);
            return None;
        };
        self.open_handles();
        let record = records.get_mut(key)?;
        record.handle = Some(Handle::Poll(handle));
        record.arm();
        Some(key)
    }

    fn insert_relayed(&self, connection: Connection, relay: &Relay, high_water_mark: usize) -> Option<Key> {
        let mut records = self.connections.records.borrow_mut();
        let key = records.insert(Record::new(connection, Some(Handle::Relay), high_water_mark))?;
        self.relays.set_connection(relay, key);
        records.get_mut(key)?.arm();
        Some(key)
    }

    /// Makes a handle that watches a socket and calls a clone of `on_ready` with status and events, outside of a handle
    /// scope. It must not unwind.
    pub(super) fn watch(
        self: &Rc<Self>,
        socket: RawSocket,
        on_ready: impl FnOnce(&Rc<Self>, c_int, c_int) + Clone + 'static,
    ) -> Option<PollHandle> {
        let uv = self.uv.as_ref()?;
        let environment = Rc::clone(self);
        PollHandle::new(uv, socket, move |status, events| {
            on_ready(&environment, status, events);
        })
    }

    /// Makes the handles of the environment for busy-polling and for batches of several connections, unless there are any.
    fn open_handles(self: &Rc<Self>) {
        let Some(uv) = self.uv.as_ref() else { return };
        self.expected.open(|| {
            let environment = Rc::clone(self);
            PrepareHandle::new(uv, move || environment.enter(busy_poll::run))
        });
        self.gathered.open(|| {
            let environment = Rc::clone(self);
            CheckHandle::new(uv, move || environment.enter(event_loop::read_gathered))
        });
    }
}

#[cfg(unix)]
pub(super) use std::os::fd::RawFd as RawSocket;
#[cfg(windows)]
pub(super) use std::os::windows::io::RawSocket;

#[cfg(unix)]
pub(super) fn raw(socket: &Socket) -> RawSocket {
    use std::os::fd::AsRawFd;
    socket.as_raw_fd()
}

#[cfg(windows)]
pub(super) fn raw(socket: &Socket) -> RawSocket {
    use std::os::windows::io::AsRawSocket;
    socket.as_raw_socket()
}
