//! The shared Tokio runtime: one thread, started by the first connect.
//!
//! It runs what precedes an open connection, and lingering closes; open connections run on their driver's thread. It
//! lives as long as the process, because another JavaScript environment may still be connecting when one ends.

use std::future::pending;
use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use tokio::runtime::{Builder, Handle};

/// Starts a thread that runs a function.
type Spawn = fn(Box<dyn FnOnce() + Send>) -> io::Result<()>;

/// A runtime that starts on first use. If it cannot be started, the next use tries again.
#[derive(Debug)]
struct Lazy {
    handle: OnceLock<Handle>,
    starting: Mutex<()>,
}

static RUNTIME: Lazy = Lazy::new();

/// Returns the runtime's handle, and starts the runtime on first use. Fails if the system has no thread or no file
/// descriptor left; a later call may succeed.
pub fn handle() -> io::Result<&'static Handle> {
    RUNTIME.get(spawn_thread)
}

impl Lazy {
    const fn new() -> Self {
        Self {
            handle: OnceLock::new(),
            starting: Mutex::new(()),
        }
    }

    fn get(&self, spawn: Spawn) -> io::Result<&Handle> {
        if let Some(handle) = self.handle.get() {
            return Ok(handle);
        }
        let _starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        match self.handle.get() {
            Some(handle) => Ok(handle),
            None => start(spawn).map(|handle| self.handle.get_or_init(|| handle)),
        }
    }
}

/// Starts the runtime on a thread of `std`, because Tokio panics if it cannot start its own.
fn start(spawn: Spawn) -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    spawn(Box::new(move || runtime.block_on(pending())))?;
    Ok(handle)
}

fn spawn_thread(run: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    let thread = thread::Builder::new().name("websocket-rs".to_owned());
    thread.spawn(run).map(drop)
}

#[cfg(test)]
mod tests {
    use super::{Lazy, spawn_thread};
    use std::io;
    use std::sync::mpsc;

    #[test]
    fn starts_once_a_thread_is_available() {
        let runtime = Lazy::new();
        let refused = runtime
            .get(|_| Err(io::ErrorKind::WouldBlock.into()))
            .unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
        let handle = runtime.get(spawn_thread).unwrap();
        let (sender, receiver) = mpsc::channel();
        handle.spawn(async move { sender.send("runs") });
        assert_eq!(receiver.recv(), Ok("runs"));
        assert!(runtime.get(|_| Err(io::ErrorKind::WouldBlock.into())).is_ok());
    }
}
