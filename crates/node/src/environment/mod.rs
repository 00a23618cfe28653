//! What one copy of the package's JavaScript owns on its thread (the main one, or a Worker), and how it ends.
//!
//! Nothing here is global, so environments know nothing of each other, neither those of other threads nor those of other
//! copies on this one. A connection ends by itself, or JavaScript terminates it. An environment ends with its thread, when
//! its cleanup hook closes every handle without running any JavaScript, or when its copy has been collected (`binding`).

mod binding;
mod endings;
mod handing_over;
mod sending;

pub(crate) use sending::Sent;

use self::endings::Endings;
use crate::boundary::reference::Reference;
use crate::connecting::Connecting;
use crate::delivery::Batch;
use crate::drivers::busy_poll::Vigil;
use crate::drivers::send_queue;
use crate::drivers::uv::{Loop, PollHandle};
use crate::record::{Outcome, Record};
use crate::slots::{Key, Slots};
use crate::trusts::Trusts;
use binding::Binding;
use napi::{Error, Result, Status, check_status, sys};
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;
use websocket_rs_client::{Connection, ErrorKind, Phase, Scratch, Stats};

/// Everything that belongs to one environment.
#[derive(Debug)]
pub(crate) struct Environment {
    raw: sys::napi_env,
    uv: Option<Rc<Loop>>,
    binding: Binding,
    deliver: RefCell<Option<Rc<Reference>>>,
    batch: RefCell<Option<Batch>>,
    connections: RefCell<Slots<Record>>,
    /// What a connection borrows while it reads, shared by all of them.
    scratch: RefCell<Scratch>,
    /// A buffer for frames, for the connection that sends next.
    spare: RefCell<Vec<u8>>,
    /// Where a text is made UTF-8.
    pub(crate) text: RefCell<Vec<u8>>,
    dirty: RefCell<Vec<Key>>,
    pub(crate) vigil: Vigil,
    /// Messages JavaScript is handling at the moment.
    delivering: Cell<usize>,
    /// Connections that wait for another turn. They share what one may read and decode.
    pub(crate) turns: Cell<usize>,
    last_stats: Cell<Option<(Key, Stats)>>,
    pub(crate) connecting: Connecting,
    lingering: Endings,
    pub(crate) trusts: Trusts,
}

impl Environment {
    /// Makes the state of the copy that has the object `binding`, and has it closed when the thread's environment ends.
    ///
    /// # Safety
    /// All values are of the running call.
    pub(crate) unsafe fn open(
        raw: sys::napi_env,
        binding: sys::napi_value,
        deliver: sys::napi_value,
        allocate: sys::napi_value,
        words: u32,
    ) -> Result<Rc<Self>> {
        let environment = Rc::new(Self::new(raw));
        // SAFETY: promised by the caller.
        unsafe { environment.bind(binding, deliver, allocate, words) }?;
        let kept = Rc::into_raw(Rc::clone(&environment)).cast_mut().cast::<c_void>();
        // SAFETY: the hook runs once, on this thread, after the last JavaScript; it takes over the
        // count that `into_raw` left, unless `retire` does.
        let added = check_status!(unsafe { sys::napi_add_env_cleanup_hook(raw, Some(close), kept) });
        if added.is_err() {
            // SAFETY: Node did not take the count.
            drop(unsafe { Rc::from_raw(kept.cast::<Self>()) });
        }
        added.map(|()| environment)
    }

    fn new(raw: sys::napi_env) -> Self {
        let mut uv_loop = ptr::null_mut();
        // SAFETY: on the environment's thread, in a call from JavaScript. Where there is no loop to be
        // had the pointer stays null, which `Loop::find` refuses.
        unsafe { sys::napi_get_uv_event_loop(raw, &raw mut uv_loop) };
        Self {
            raw,
            uv: Loop::find(uv_loop.cast()),
            binding: Binding::default(),
            deliver: RefCell::default(),
            batch: RefCell::new(None),
            connections: RefCell::default(),
            scratch: RefCell::default(),
            spare: RefCell::default(),
            text: RefCell::default(),
            dirty: RefCell::default(),
            vigil: Vigil::default(),
            delivering: Cell::new(0),
            turns: Cell::new(0),
            last_stats: Cell::new(None),
            connecting: Connecting::default(),
            lingering: Endings::default(),
            trusts: Trusts::default(),
        }
    }

    pub(crate) fn raw(&self) -> sys::napi_env {
        self.raw
    }

    /// Whether connections can be driven by libuv here.
    pub(crate) fn has_loop(&self) -> bool {
        self.uv.is_some()
    }

    /// Takes a connection in, watched by libuv or, for the blocking driver, by nobody.
    pub(crate) fn adopt(
        self: &Rc<Self>,
        mut connection: Connection,
        mark: usize,
        on_loop: bool,
    ) -> Option<Key> {
        self.hold().ok()?;
        connection.set_send_queue_probe(send_queue::probe);
        let key = self.insert(connection, mark, on_loop);
        self.release_if_idle();
        key
    }

    fn insert(self: &Rc<Self>, connection: Connection, mark: usize, on_loop: bool) -> Option<Key> {
        let socket = raw_socket(&connection)?;
        let mut connections = self.connections.borrow_mut();
        let key = connections.insert(Record::new(connection, None, mark))?;
        if on_loop {
            let handle = self
                .uv
                .as_ref()
                .and_then(|uv| PollHandle::new(uv, socket, self, key));
            let Some(handle) = handle else {
                connections.remove(key);
                return None;
            };
            let record = connections.get_mut(key)?;
            record.handle = Some(handle);
            record.arm();
        }
        Some(key)
    }

    /// Looks at one connection. `run` must not call into JavaScript.
    pub(crate) fn with<T>(&self, key: Key, run: impl FnOnce(&mut Record) -> T) -> Option<T> {
        self.connections.borrow_mut().get_mut(key).map(run)
    }

    /// Ends a connection without a word.
    pub(crate) fn remove(&self, key: Key) {
        let removed = self.connections.borrow_mut().remove(key);
        if let Some(mut record) = removed {
            if record.turn_waits {
                self.turns.set(self.turns.get().saturating_sub(1));
            }
            self.last_stats.set(Some((key, record.connection.stats())));
            if let Some(lingering) = record.lingering.take() {
                self.lingering.begin(lingering);
            }
            record.close();
            self.release_if_idle();
        }
    }

    /// Counters of a connection; also of the one that was removed last, whose end JavaScript is just
    /// being told.
    pub(crate) fn stats(&self, key: Key) -> Option<Stats> {
        let removed = self
            .last_stats
            .get()
            .filter(|(last, _)| *last == key)
            .map(|(_, stats)| stats);
        self.with(key, |record| record.connection.stats()).or(removed)
    }

    /// Moves what has arrived for a connection into the batch. `None` where there is nothing to
    /// read for: no such connection, or JavaScript wants no more.
    pub(crate) fn collect(&self, key: Key) -> Option<Outcome> {
        let mut batch = self.batch.try_borrow_mut().ok()?;
        let batch = batch.as_mut()?;
        let mut connections = self.connections.borrow_mut();
        let record = connections.get_mut(key).filter(|record| record.is_ready())?;
        let mut scratch = self.scratch.borrow_mut();
        batch.begin();
        Some(record.collect(batch, &mut scratch))
    }

    pub(crate) fn has_rows(&self) -> bool {
        self.batch
            .borrow()
            .as_ref()
            .is_some_and(|batch| batch.count() > 0)
    }

    /// Adds to the batch, which is to be delivered next.
    pub(crate) fn push(&self, add: impl FnOnce(&mut Batch)) {
        if let Some(batch) = self.batch.borrow_mut().as_mut() {
            add(batch);
        }
    }

    /// Whether a batch is being made at the moment, so that no connection can be looked at.
    pub(crate) fn is_busy(&self) -> bool {
        self.batch.try_borrow_mut().is_err() || self.connections.try_borrow_mut().is_err()
    }

    /// Ends a connection for whose messages JavaScript has no memory; the batch that is delivered next says so.
    pub(crate) fn fail_for_memory(&self, key: Key) {
        let reason = std::io::ErrorKind::OutOfMemory.into();
        let error = websocket_rs_client::Error::new(Phase::Open, ErrorKind::Io(reason));
        self.with(key, |record| record.fail(&error));
        self.remove(key);
        self.push(|batch| batch.push_failure(error));
    }

    /// Ends a connection for a reason and tells JavaScript.
    pub(crate) fn fail(&self, key: Key, error: websocket_rs_client::Error) {
        if self.with(key, |record| record.fail(&error)).is_none() {
            return;
        }
        self.remove(key);
        self.push(|batch| batch.push_failure(error));
        self.deliver(key);
    }

    /// A connection of the loop has written everything: whether its reply is waited for awake.
    pub(crate) fn expect_reply(self: &Rc<Self>, key: Key) {
        let expected = self.with(key, |record| {
            record.handle.is_some() && record.reading && record.connection.expect_reply()
        });
        if let (Some(true), Some(uv)) = (expected, &self.uv) {
            self.vigil.begin(uv, self, key);
        }
    }

    /// Whether the loop is not to wait yet for a reply to this connection.
    #[cfg(unix)]
    pub(crate) fn is_expecting_reply(&self, key: Key) -> bool {
        self.with(key, |record| record.connection.is_expecting_reply()) == Some(true)
    }

    /// Notes whether a connection waits for another turn.
    pub(crate) fn note_turn(&self, key: Key, waits: bool) {
        let waited = self.with(key, |record| std::mem::replace(&mut record.turn_waits, waits));
        match (waited, waits) {
            (Some(false), true) => self.turns.set(self.turns.get() + 1),
            (Some(true), false) => self.turns.set(self.turns.get().saturating_sub(1)),
            _ => {}
        }
    }

    /// Whether much has come in the last turn of this connection.
    #[cfg(unix)]
    pub(crate) fn is_bulk(&self, key: Key) -> bool {
        self.with(key, |record| record.is_bulk) == Some(true)
    }

    /// Runs a callback of libuv or of a thread, which have no handle scope and must not unwind.
    pub(crate) fn enter(self: &Rc<Self>, run: impl FnOnce(&Rc<Self>)) {
        let mut scope = ptr::null_mut();
        // SAFETY: on the environment's thread; the scope is closed below, whatever happens between.
        if unsafe { sys::napi_open_handle_scope(self.raw, &raw mut scope) } != sys::Status::napi_ok {
            return;
        }
        if catch_unwind(AssertUnwindSafe(|| run(self))).is_err() {
            self.throw_internal_error();
        }
        // SAFETY: opened above.
        unsafe { sys::napi_close_handle_scope(self.raw, scope) };
    }

    fn throw_internal_error(&self) {
        let error = Error::<Status>::new(Status::GenericFailure, "internal error in websocket-rs");
        // SAFETY: on the environment's thread with a handle scope open.
        unsafe { napi::JsError::from(error).throw_into(self.raw) };
        self.report_exception();
    }

    /// Whether nothing is open and nothing is being opened.
    fn is_idle(&self) -> bool {
        self.connections.borrow().is_empty() && self.connecting.is_empty()
    }

    /// Closes every handle and lets go of everything of JavaScript's. Runs no JavaScript.
    fn close(&self) {
        self.connecting.close();
        self.vigil.end();
        let records: Vec<_> = self.connections.borrow_mut().drain().collect();
        for mut record in records {
            // What was sent and is held leaves as far as the kernel takes it.
            record.connection.flush();
            record.close();
        }
        *self.batch.borrow_mut() = None;
        *self.deliver.borrow_mut() = None;
        self.binding.close();
    }

    fn clear_exception(&self) {
        let mut exception = ptr::null_mut();
        // SAFETY: on the environment's thread, in the scope that `enter` opened.
        unsafe { sys::napi_get_and_clear_last_exception(self.raw, &raw mut exception) };
    }
}

unsafe extern "C" fn close(data: *mut c_void) {
    // SAFETY: the count that `open` left with Node, taken back once.
    let environment = unsafe { Rc::from_raw(data.cast::<Environment>()) };
    // Deno gives its hooks no handle scope of their own.
    environment.enter(|environment| {
        // A terminated Worker may leave an exception behind, and napi-rs' own hook, which runs after
        // this one, would take it up without a handle scope: that aborts the process.
        environment.clear_exception();
        environment.close();
        environment.lingering.wait();
    });
}

#[cfg(unix)]
fn raw_socket(connection: &Connection) -> Option<std::os::fd::RawFd> {
    use std::os::fd::AsRawFd;
    connection.stream().map(AsRawFd::as_raw_fd)
}

#[cfg(windows)]
fn raw_socket(connection: &Connection) -> Option<std::os::windows::io::RawSocket> {
    use std::os::windows::io::AsRawSocket;
    connection.stream().map(AsRawSocket::as_raw_socket)
}
