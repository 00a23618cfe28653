//! The shared Tokio runtime: started by the first connect, one worker thread, never ended.
//!
//! It carries only what happens before a connection is open; open connections belong to their
//! driver's thread. It lives as long as the process, because another JavaScript environment may
//! still be connecting when one ends.

use std::io;
use std::sync::OnceLock;
use tokio::runtime::{Builder, Handle, Runtime};

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// The runtime's handle; starts it on first use. Fails where the system gives no thread.
pub fn handle() -> io::Result<&'static Handle> {
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime.handle());
    }
    let started = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("websocket-rs")
        .enable_all()
        .build()?;
    // If another thread was quicker its runtime is the one; ours ends at once, with nothing on it.
    Ok(RUNTIME.get_or_init(|| started).handle())
}
