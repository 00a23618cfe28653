//! An open connection: receive, send, flush, close and keepalive. It never blocks and has no thread; a driver calls it
//! when its socket is ready.
//!
//! A driver's turn begins with [`Connection::begin_turn`]. For each batch, the driver calls [`Connection::begin`] to
//! lend the scratch buffer, [`Connection::poll_event`] until it returns [`Poll::Pending`](std::task::Poll::Pending),
//! with another window whenever [`Connection::is_window_full`], and [`Connection::end`] to get the scratch buffer back.
//! The turn ends with [`Connection::flush`], once everything that has arrived is decoded or the turn [is
//! spent](Connection::is_spent).

#[cfg(all(test, unix))]
mod compressed_tests;
mod decide;
#[cfg(all(test, unix))]
mod decompressing_tests;
#[cfg(all(test, unix))]
mod end_tests;
mod event;
mod keepalive;
mod receive;
mod replies;
mod send;
mod state;

pub use event::Event;
pub use keepalive::{KeepaliveOptions, KeepaliveStep, KernelSendQueue, KernelSendQueueProbe};
pub use state::{Connection, Handshake};
