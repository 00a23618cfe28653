//! The drivers, which read connections: on libuv's loop, or on the calling thread.

pub(crate) mod blocking;
pub(super) mod busy_poll;
pub(crate) mod closing;
pub(crate) mod event_loop;
pub(crate) mod relay;
