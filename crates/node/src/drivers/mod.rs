//! Who polls a connection. A driver for sockets that Node itself carries (Bun, Deno, agents) will
//! stand beside these two.

pub(crate) mod blocking;
pub(crate) mod busy_poll;
pub(crate) mod event_loop;
pub(crate) mod interrupt;
pub(crate) mod send_queue;
pub(crate) mod signals;
pub(crate) mod uv;
