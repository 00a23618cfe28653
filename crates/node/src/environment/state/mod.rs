//! The data of one environment, grouped by purpose.

mod awaited_ends;
mod binding;
mod connections;
mod deadlines;
mod expected_replies;
mod gathered;
mod handle;
mod jobs;
mod last_request;
mod lingering;
mod loop_connect;
mod pending_connects;
mod record;
mod relays;

pub(super) use expected_replies::ExpectedReplies;
pub(super) use handle::Handle;
pub(super) use jobs::JobEnded;
pub(super) use loop_connect::LoopConnect;
pub(super) use pending_connects::{ConnectEvent, ConnectResult, PendingConnect, Report, Task};
pub(super) use record::{Collected, Gather, Record, RecordStats};
pub(super) use relays::{ReadyRelays, RelayReady};

use crate::boundary::payload_buffer::PayloadBuffers;
use crate::boundary::reference::Reference;
use crate::delivery::Batch;
use crate::slots::Key;
use crate::trusts::Trusts;
use crate::uv::Loop;
use awaited_ends::AwaitedEnds;
use binding::Binding;
use connections::Connections;
use deadlines::Deadlines;
use gathered::Gathered;
use jobs::Jobs;
use last_request::LastRequest;
use lingering::Lingerings;
use napi::sys;
use pending_connects::PendingConnects;
use relays::Relays;
use std::cell::{Cell, RefCell};
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use websocket_rs_client::{PayloadMemory, Scratch};

/// Everything that belongs to one environment. It stays on its thread.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(super) raw: sys::napi_env,
    /// `None` if the runtime has no libuv.
    pub(super) uv: Option<Rc<Loop>>,
    pub(super) binding: Binding,
    pub(super) connections: Connections,
    pub(super) delivery: Delivery,
    pub(crate) buffers: Buffers,
    pub(super) expected: ExpectedReplies,
    pub(super) gathered: Gathered,
    pub(super) awaited_ends: AwaitedEnds,
    /// Those of closing handshakes.
    pub(super) close_deadlines: Deadlines,
    pub(super) pending: PendingConnects,
    pub(super) jobs: Jobs,
    pub(super) lingering: Lingerings,
    pub(super) relays: Relays,
    pub(crate) last_request: LastRequest,
    pub(crate) trusts: Trusts,
}

/// The way of a batch into JavaScript.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    /// `None` before the environment is bound and after it is closed.
    pub(super) batch: RefCell<Option<Batch>>,
    /// The JavaScript function that is called with each batch.
    pub(super) function: RefCell<Option<Rc<Reference>>>,
    /// Rows of the batch that JavaScript is handling; 0 outside of a delivery.
    pub(super) count: Cell<usize>,
    /// When the delivery of that batch has begun, on the coarse clock; `None` unless it has several events of a connection.
    pub(super) grouped_since: Cell<Option<Duration>>,
}

/// Buffers that a connection or a call borrows while it runs.
#[derive(Debug)]
pub(crate) struct Buffers {
    /// For the connection that reads.
    pub(super) scratch: RefCell<Scratch>,
    /// For large messages that are received.
    pub(super) payloads: PayloadMemory,
    /// For the frames of the connection that sends next.
    pub(super) frames: RefCell<Vec<u8>>,
    /// For the UTF-8 of a text that is sent.
    pub(crate) text: RefCell<Vec<u8>>,
}

impl Buffers {
    fn new(raw: sys::napi_env) -> Self {
        Self {
            scratch: RefCell::default(),
            payloads: PayloadMemory::new(Arc::new(PayloadBuffers::new(raw))),
            frames: RefCell::default(),
            text: RefCell::default(),
        }
    }
}

impl Environment {
    pub(super) fn new(raw: sys::napi_env) -> Self {
        let mut uv_loop = ptr::null_mut();
        // SAFETY: on the environment's thread, in a call from JavaScript. If there is no loop, the pointer stays null,
        // which `Loop::find` refuses.
        unsafe { sys::napi_get_uv_event_loop(raw, &raw mut uv_loop) };
        Self {
            raw,
            uv: Loop::find(uv_loop.cast()),
            binding: Binding::default(),
            connections: Connections::default(),
            delivery: Delivery::default(),
            buffers: Buffers::new(raw),
            expected: ExpectedReplies::default(),
            gathered: Gathered::default(),
            awaited_ends: AwaitedEnds::default(),
            close_deadlines: Deadlines::default(),
            pending: PendingConnects::default(),
            jobs: Jobs::default(),
            lingering: Lingerings::default(),
            relays: Relays::default(),
            last_request: LastRequest::default(),
            trusts: Trusts::default(),
        }
    }

    pub(crate) fn raw(&self) -> sys::napi_env {
        self.raw
    }

    /// Returns whether libuv can drive connections here.
    pub(crate) fn has_loop(&self) -> bool {
        self.uv.is_some()
    }

    /// Runs `run` with a connection. Returns `None` if it has ended. `run` must not call into JavaScript.
    pub(crate) fn with<T>(&self, key: Key, run: impl FnOnce(&mut Record) -> T) -> Option<T> {
        self.connections.with(key, run)
    }

    /// Returns the counters of a connection, also of the one that was removed last: JavaScript asks for them while it
    /// handles the end.
    pub(crate) fn stats(&self, key: Key) -> Option<RecordStats> {
        self.connections.stats(key)
    }

    /// Returns whether a batch is being collected or delivered further out on this stack, so that nothing can be read.
    pub(super) fn is_busy(&self) -> bool {
        self.delivery.batch.try_borrow_mut().is_err() || self.connections.is_borrowed()
    }

    /// Returns whether no connection is open, being opened or lingering on a stream that JavaScript carries.
    pub(super) fn is_idle(&self) -> bool {
        self.connections.is_empty() && self.pending.is_empty() && self.relays.is_empty()
    }

    /// Returns the frame buffer of a connection to the environment, if it is empty.
    pub(crate) fn reclaim_buffer(&self, key: Key) {
        self.with(key, |record| {
            record
                .connection
                .reclaim_buffer(&mut self.buffers.frames.borrow_mut());
        });
    }
}
