//! Failed connections whose peers are being told, on Tokio.

use std::cell::RefCell;
use std::sync::mpsc::{Receiver, Sender, channel};
use websocket_rs_client::lingering_close::{LINGER_TIMEOUT, LingeringClose};
use websocket_rs_client::runtime;

/// Those of one environment.
#[derive(Debug)]
pub(super) struct Endings {
    /// Each of them holds a copy and sends nothing: `ended` is told when there is none left.
    running: RefCell<Option<Sender<()>>>,
    ended: Receiver<()>,
}

impl Default for Endings {
    fn default() -> Self {
        let (running, ended) = channel();
        Self {
            running: RefCell::new(Some(running)),
            ended,
        }
    }
}

impl Endings {
    /// Has a connection end. If there is no thread for that, its socket is closed at once.
    pub(super) fn begin(&self, lingering: LingeringClose) {
        let Ok(handle) = runtime::handle() else { return };
        let running = self.running.borrow().clone();
        handle.spawn(async move {
            lingering.finish().await;
            drop(running);
        });
    }

    /// Waits until all have ended, at most as long as one may take: the end of the process would reset them.
    pub(super) fn wait(&self) {
        drop(self.running.take());
        // Nothing is ever sent: this returns when the last copy is gone, or when time is up.
        let _ = self.ended.recv_timeout(LINGER_TIMEOUT);
    }
}
