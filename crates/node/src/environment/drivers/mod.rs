//! Who reads a connection: libuv's loop, or the calling thread.

pub(crate) mod blocking;
pub(super) mod busy_poll;
pub(crate) mod event_loop;
