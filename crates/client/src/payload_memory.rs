//! Memory of large payloads, kept when a message is done: new pages cost more than copying what they hold.

use crate::destination::{Destination, Destinations};
use crate::runtime;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::time::sleep;

/// Size from which a payload gets memory that is kept. Smaller memory does not go back to the system.
const MIN_KEPT: usize = 64 * 1024;

/// Most bytes that are kept while no message uses them.
const MAX_FREE: usize = 96 * 1024 * 1024;

/// Most bytes that incomplete messages may hold. A header is enough to take the memory of a whole message, and its peer may
/// send nothing more.
const MAX_TAKEN: usize = MAX_FREE;

/// Largest payload that is read into memory of the driver. Larger ones are rare, and copying them takes little beside their
/// transfer.
const MAX_DESTINATION: usize = 16 * 1024 * 1024;

/// Memory that was not needed for this long is freed.
const MAX_AGE: Duration = Duration::from_secs(10);

/// The memory that the connections of an environment share for large payloads. Clones share it, on any thread.
#[derive(Debug, Clone, Default)]
pub struct PayloadMemory {
    pool: Arc<Mutex<Pool>>,
    /// Makes memory in which payloads are delivered; `None` if the driver has none.
    destinations: Option<Arc<dyn Destinations>>,
}

impl PayloadMemory {
    /// Returns memory of which `destinations` makes that of binary messages.
    pub fn new(destinations: Arc<dyn Destinations>) -> Self {
        Self {
            destinations: Some(destinations),
            ..Self::default()
        }
    }

    /// Returns memory of `length` bytes in which a payload is delivered, or `None` if it is not large, if incomplete messages
    /// hold many bytes, or if the driver has none. [`PayloadMemory::note_filled`] follows.
    pub(crate) fn destination(&self, length: usize) -> Option<Box<dyn Destination>> {
        let destinations = self.destinations.as_ref()?;
        let has_room = || lock(&self.pool).taken.saturating_add(length) <= MAX_TAKEN;
        let fits = (MIN_KEPT..=MAX_DESTINATION).contains(&length) && has_room();
        let mut made = fits.then(|| destinations.make(length))??;
        if made.bytes().len() != length {
            return None;
        }
        lock(&self.pool).taken += length;
        Some(made)
    }

    /// Returns `length` bytes to read a payload into, or `None` if none are kept that fit, or incomplete messages hold many.
    /// Allocates nothing: a header can announce any length. [`PayloadMemory::note_filled`] follows.
    pub(crate) fn take(&self, length: usize) -> Option<Vec<u8>> {
        lock(&self.pool).take(length)
    }

    /// Returns empty memory of at least this capacity, which is allocated if none is kept that fits.
    pub(crate) fn spare(&self, capacity: usize) -> Vec<u8> {
        let kept = lock(&self.pool).remove(capacity..=capacity.saturating_mul(2));
        let mut memory = kept.unwrap_or_else(|| Vec::with_capacity(capacity));
        memory.clear();
        memory
    }

    /// Notes that memory of this capacity is no longer held by an incomplete message.
    pub(crate) fn note_filled(&self, capacity: usize) {
        let mut pool = lock(&self.pool);
        pool.taken = pool.taken.saturating_sub(capacity);
    }

    /// Takes memory back. Frees it if it is small, or if much is kept.
    pub fn give_back(&self, memory: Vec<u8>) {
        let mut pool = lock(&self.pool);
        if !pool.give_back(memory) || pool.is_watched {
            return;
        }
        let Ok(handle) = runtime::handle() else {
            // Nothing would ever free it.
            pool.clear();
            return;
        };
        pool.is_watched = true;
        handle.spawn(free_unneeded(Arc::downgrade(&self.pool)));
    }
}

fn lock(pool: &Mutex<Pool>) -> MutexGuard<'_, Pool> {
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Frees what is not needed, until nothing is kept.
async fn free_unneeded(pool: Weak<Mutex<Pool>>) {
    loop {
        sleep(MAX_AGE).await;
        let Some(pool) = pool.upgrade() else { return };
        let unneeded = lock(&pool).take_unneeded();
        drop(unneeded);
        let mut pool = lock(&pool);
        if pool.free.is_empty() {
            pool.is_watched = false;
            return;
        }
    }
}

#[derive(Debug, Default)]
struct Pool {
    /// In the order in which it was given back.
    free: Vec<Vec<u8>>,
    /// The capacity of all of it.
    bytes: usize,
    /// The capacity of what incomplete messages hold.
    taken: usize,
    /// The fewest that were free since the last call of [`Pool::take_unneeded`]: no message has needed those.
    unneeded: usize,
    /// Whether [`free_unneeded`] runs.
    is_watched: bool,
}

impl Pool {
    /// Returns `length` bytes of the memory that fits best. None of more than twice the size fits.
    fn take(&mut self, length: usize) -> Option<Vec<u8>> {
        let fits = length..=length.saturating_mul(2).min(MAX_TAKEN.saturating_sub(self.taken));
        let mut memory = self.remove(fits)?;
        self.taken += memory.capacity();
        memory.resize(length, 0);
        Some(memory)
    }

    /// Removes the memory that fits best: that of the smallest capacity within the range.
    fn remove(&mut self, fits: RangeInclusive<usize>) -> Option<Vec<u8>> {
        let (index, _) = (self.free.iter().map(Vec::capacity).enumerate().rev())
            .filter(|(_, capacity)| fits.contains(capacity))
            .min_by_key(|(_, capacity)| *capacity)?;
        let memory = self.free.remove(index);
        self.bytes -= memory.capacity();
        self.unneeded = self.unneeded.min(self.free.len());
        Some(memory)
    }

    /// Returns whether the memory is kept.
    fn give_back(&mut self, memory: Vec<u8>) -> bool {
        let capacity = memory.capacity();
        let is_kept = capacity >= MIN_KEPT && capacity <= MAX_FREE.saturating_sub(self.bytes);
        if is_kept {
            self.bytes += capacity;
            self.free.push(memory);
        }
        is_kept
    }

    /// Frees all memory.
    fn clear(&mut self) {
        self.free.clear();
        (self.bytes, self.unneeded) = (0, 0);
    }

    /// Removes the memory that no message has needed since the last call.
    fn take_unneeded(&mut self) -> Vec<Vec<u8>> {
        let unneeded: Vec<_> = self.free.drain(..self.unneeded).collect();
        self.bytes -= unneeded.iter().map(Vec::capacity).sum::<usize>();
        self.unneeded = self.free.len();
        unneeded
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_FREE, MAX_TAKEN, MIN_KEPT, PayloadMemory, Pool};

    fn capacities(pool: &Pool) -> Vec<usize> {
        pool.free.iter().map(Vec::capacity).collect()
    }

    #[test]
    fn the_memory_that_fits_best_is_used_again() {
        let mut pool = Pool::default();
        for size in [4, 2, 8] {
            assert!(pool.give_back(vec![1; size * MIN_KEPT]));
        }
        let memory = pool.take(2 * MIN_KEPT - 1).unwrap();
        assert_eq!(memory.len(), 2 * MIN_KEPT - 1);
        assert_eq!(capacities(&pool), [4 * MIN_KEPT, 8 * MIN_KEPT]);
        assert_eq!(pool.bytes, 12 * MIN_KEPT);
        assert_eq!(pool.take(MIN_KEPT), None, "more than twice the size");
        assert_eq!(pool.take(9 * MIN_KEPT), None, "too small");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut pool = Pool::default();
        assert!(!pool.give_back(vec![0; MIN_KEPT - 1]), "small");
        while pool.give_back(Vec::with_capacity(MAX_FREE / 8)) {}
        assert_eq!(pool.bytes, MAX_FREE);
        assert_eq!(pool.free.len(), 8);
        assert!(!pool.give_back(Vec::with_capacity(usize::from(u16::MAX) + 1)));
    }

    #[test]
    fn memory_that_no_message_needed_is_freed() {
        let mut pool = Pool::default();
        for _ in 0..3 {
            pool.give_back(vec![0; MIN_KEPT]);
        }
        assert!(pool.take_unneeded().is_empty(), "it may be needed again");
        let used = pool.take(MIN_KEPT).unwrap();
        pool.give_back(used);
        assert_eq!(pool.take_unneeded().len(), 2);
        assert_eq!(pool.bytes, MIN_KEPT);
        assert_eq!(pool.take_unneeded().len(), 1);
        assert_eq!(pool.bytes, 0);
    }

    #[test]
    fn what_incomplete_messages_hold_is_bounded() {
        let memory = PayloadMemory::default();
        let size = MAX_TAKEN / 4;
        let mut held = Vec::new();
        for _ in 0..4 {
            memory.give_back(vec![0; size]);
            held.push(memory.take(size).unwrap());
        }
        memory.give_back(vec![0; size]);
        assert_eq!(
            memory.take(size),
            None,
            "a peer may have sent nothing but the headers"
        );
        memory.note_filled(held.pop().unwrap().capacity());
        assert_eq!(memory.take(size).unwrap().len(), size);
    }

    #[test]
    fn clones_share_the_memory() {
        let memory = PayloadMemory::default();
        assert_eq!(memory.clone().take(MIN_KEPT), None);
        memory.give_back(vec![7; MIN_KEPT]);
        assert_eq!(memory.clone().take(MIN_KEPT).unwrap().len(), MIN_KEPT);
        assert_eq!(memory.take(MIN_KEPT), None);
    }
}
