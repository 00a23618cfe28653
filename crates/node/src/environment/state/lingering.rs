//! Failed connections that stay open on Tokio until their peers have been informed.

use std::cell::RefCell;
use std::sync::mpsc::{Receiver, Sender, channel};
use websocket_rs_client::lingering_close::{LINGER_TIMEOUT, LingeringClose};
use websocket_rs_client::runtime;

/// The lingering connections of one environment.
#[derive(Debug)]
pub(crate) struct Lingerings {
    /// Each task holds a clone and sends nothing: `ended` is disconnected when no clone is left.
    running: RefCell<Option<Sender<()>>>,
    ended: Receiver<()>,
}

impl Default for Lingerings {
    fn default() -> Self {
        let (running, ended) = channel();
        Self {
            running: RefCell::new(Some(running)),
            ended,
        }
    }
}

impl Lingerings {
    /// Starts a task for a connection. If there is no Tokio thread, the socket is closed at once.
    pub(crate) fn start(&self, lingering: Box<LingeringClose>) {
        let Ok(handle) = runtime::handle() else { return };
        let running = self.running.borrow().clone();
        handle.spawn(async move {
            lingering.finish().await;
            drop(running);
        });
    }

    /// Waits until all tasks have ended, for at most the time that one may take: the end of the process would reset the
    /// connections.
    pub(crate) fn wait(&self) {
        drop(self.running.take());
        // No task sends a value: this returns when the last clone is dropped or the time is up.
        let _ = self.ended.recv_timeout(LINGER_TIMEOUT);
    }
}
