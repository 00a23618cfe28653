//! The compressors of a thread, which its connections share.
//!
//! A compressor takes 380 KB at the default settings. A connection keeps the one that has its window until others need
//! it. Then it continues with an empty window, which is always valid: DEFLATE refers back, but need not. So the memory is
//! bounded by [`MAX_ALIVE`], whatever the number of connections.

use super::deflater::{Deflater, DeflaterConfig};
use std::cell::RefCell;
use std::sync::{Arc, Weak};

/// Most compressors that a thread keeps: 6 MB at the default settings.
pub(super) const MAX_ALIVE: usize = 16;

thread_local! {
    static POOL: RefCell<Pool> = RefCell::default();
}

/// A compressor that is not in use.
#[derive(Debug)]
struct Entry {
    /// The connection whose window it has, if any.
    owner: Option<u64>,
    deflater: Deflater,
}

/// Compressors, the one that was used longest ago first.
#[derive(Debug, Default)]
struct Pool {
    entries: Vec<Entry>,
    /// Each compressor has a reference.
    count: Arc<()>,
}

impl Pool {
    /// Counts the compressors of this pool, those in use included.
    fn alive(&self) -> usize {
        Arc::strong_count(&self.count) - 1
    }

    fn take(&mut self, owner: u64, config: DeflaterConfig) -> Option<Deflater> {
        let has_window = |entry: &Entry| entry.owner == Some(owner) && entry.deflater.config() == config;
        if let Some(at) = self.entries.iter().position(has_window) {
            return Some(self.entries.remove(at).deflater);
        }
        let must_share = self.alive() >= MAX_ALIVE;
        let is_free =
            |entry: &Entry| entry.deflater.config() == config && (must_share || entry.owner.is_none());
        if let Some(at) = self.entries.iter().position(is_free) {
            let mut deflater = self.entries.remove(at).deflater;
            deflater.reset();
            return Some(deflater);
        }
        if must_share && !self.entries.is_empty() {
            self.entries.remove(0);
        }
        None
    }

    fn put(&mut self, owner: Option<u64>, deflater: Deflater) {
        self.entries.push(Entry { owner, deflater });
        if self.alive() > MAX_ALIVE {
            self.entries.remove(0);
        }
    }

    /// Keeps the compressor of a connection that has ended only if it is the only one without an owner.
    fn forget(&mut self, owner: u64) {
        let has_free = self.entries.iter().any(|entry| entry.owner.is_none());
        if let Some(at) = self.entries.iter().position(|entry| entry.owner == Some(owner)) {
            let mut entry = self.entries.remove(at);
            if !has_free {
                entry.owner = None;
                self.entries.insert(0, entry);
            }
        }
    }
}

/// Takes the compressor with the window of `owner`, or any other with an empty window. Returns `None` if one is to be
/// made, with the count for it.
pub(super) fn take(owner: u64, config: DeflaterConfig) -> (Option<Deflater>, Weak<()>) {
    POOL.with_borrow_mut(|pool| (pool.take(owner, config), Arc::downgrade(&pool.count)))
}

/// Keeps a compressor, which has the window of `owner` if given.
pub(super) fn put(owner: Option<u64>, deflater: Deflater) {
    POOL.with_borrow_mut(|pool| pool.put(owner, deflater));
}

/// Notes that a connection has ended. Does nothing on another thread than its own, or at the end of a thread.
pub(super) fn forget(owner: u64) {
    let _ = POOL.try_with(|pool| pool.borrow_mut().forget(owner));
}

/// Returns how many compressors this thread has.
#[cfg(test)]
pub(super) fn alive() -> usize {
    POOL.with_borrow(Pool::alive)
}
