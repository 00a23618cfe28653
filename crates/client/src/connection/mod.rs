//! One open connection: receive, send, flush, close and keepalive. It never blocks and has no thread; a driver calls it when
//! its socket is ready.
//!
//! The driver's turn: [`Connection::begin_turn`], then for each batch [`Connection::begin`] lends the scratch,
//! [`Connection::poll_event`] until [`Poll::Pending`](std::task::Poll::Pending), with another window whenever
//! [`Connection::is_window_full`], [`Connection::end`] takes the scratch back, then [`Connection::flush`].
//! A turn is over when everything that had arrived is decoded, or when it [is spent](Connection::is_spent).

mod event;
mod keepalive;
mod receive;
mod replies;
mod send;
mod state;

pub use event::Event;
pub use keepalive::{KeepaliveOptions, KeepaliveStep, KernelSendQueue, KernelSendQueueProbe};
pub use state::Connection;
