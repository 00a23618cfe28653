//! What one copy of the package's JavaScript owns on its thread (the main one, or a Worker).
//!
//! Nothing here is global, so environments are independent of each other: those of other threads, and those of other
//! copies on the same thread. From the top floor down; a file uses only files below it:
//!
//! | file | holds |
//! | --- | --- |
//! | `connecting/` | connects: `start`, `on_loop` and `settle` (promise API), `blocking` (blocking API) |
//! | `exit` | the flush when the process exits |
//! | `jobs` | work of connections on other threads |
//! | `relays` | what JavaScript has to do for the streams that it carries |
//! | `adopt` | how an open connection enters the environment |
//! | `drivers/` | what reads a connection: `busy_poll`, `event_loop` with `closing`, `relay` (the socket driver), `blocking` |
//! | `send` | messages out, and the flush at the end of a tick |
//! | `batches` | messages in: collect a batch, deliver it, fail a connection |
//! | `lifetime` | opening, holding, releasing and closing the environment; removing a connection |
//! | `callback` | entry from a callback of libuv or Node |
//! | `state/` | the data: the environment, its connections, pending connects, expected replies, awaited ends |

mod adopt;
mod batches;
mod callback;
pub(crate) mod connecting;
pub(crate) mod drivers;
mod exit;
mod jobs;
mod lifetime;
pub(crate) mod relays;
mod send;
mod state;

pub(crate) use adopt::Driver;
pub(crate) use exit::{flush_at_exit, library};
pub(crate) use send::Sent;
pub(crate) use state::Environment;
