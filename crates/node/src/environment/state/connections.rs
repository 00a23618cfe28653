//! The open connections of an environment, by number.

use super::record::{Record, RecordStats};
use crate::slots::{Key, Slots};
use std::cell::{Cell, RefCell};
use std::time::Instant;

/// The open connections.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    pub(crate) records: RefCell<Slots<Record>>,
    /// Connections on which was sent in this tick.
    unflushed: RefCell<Vec<Key>>,
    /// How many connections have requested a turn. They share what one turn may read and decode.
    requested_turns: Cell<usize>,
    /// Counters of the connection that was removed last.
    last_stats: Cell<Option<(Key, RecordStats)>>,
}

impl Connections {
    /// Runs `run` with a connection. Returns `None` if it has ended.
    pub(crate) fn with<T>(&self, key: Key, run: impl FnOnce(&mut Record) -> T) -> Option<T> {
        self.records.borrow_mut().get_mut(key).map(run)
    }

    pub(crate) fn is_borrowed(&self) -> bool {
        self.records.try_borrow_mut().is_err()
    }

    /// Returns how many connections are open.
    pub(crate) fn len(&self) -> usize {
        self.records.borrow().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records.borrow().is_empty()
    }

    /// Removes a connection and keeps its counters.
    pub(crate) fn remove(&self, key: Key) -> Option<Record> {
        let record = self.records.borrow_mut().remove(key)?;
        if record.is_turn_requested {
            self.requested_turns
                .set(self.requested_turns.get().saturating_sub(1));
        }
        self.last_stats.set(Some((key, record.stats())));
        Some(record)
    }

    /// Returns the connections whose closing handshake has a deadline, the earliest first.
    pub(crate) fn close_deadlines(&self) -> Vec<(Key, Instant)> {
        let records = self.records.borrow();
        let deadline = |(key, record): (Key, &Record)| Some((key, record.close_deadline?));
        let mut deadlines: Vec<_> = records.iter().filter_map(deadline).collect();
        deadlines.sort_by_key(|(_, at)| *at);
        deadlines
    }

    /// Removes all connections.
    pub(crate) fn drain(&self) -> Vec<Record> {
        self.records.borrow_mut().drain().collect()
    }

    /// Returns the counters of a connection, also of the one that was removed last.
    pub(crate) fn stats(&self, key: Key) -> Option<RecordStats> {
        let removed = self
            .last_stats
            .get()
            .filter(|(last, _)| *last == key)
            .map(|(_, stats)| stats);
        self.with(key, |record| record.stats()).or(removed)
    }

    /// Sets whether JavaScript is going to request a turn for a connection.
    pub(crate) fn set_turn_requested(&self, key: Key, requested: bool) {
        let before = self.with(key, |record| {
            std::mem::replace(&mut record.is_turn_requested, requested)
        });
        match (before, requested) {
            (Some(false), true) => self.requested_turns.set(self.requested_turns.get() + 1),
            (Some(true), false) => self
                .requested_turns
                .set(self.requested_turns.get().saturating_sub(1)),
            _ => {}
        }
    }

    pub(crate) fn requested_turns(&self) -> usize {
        self.requested_turns.get()
    }

    /// Lists a connection on which was sent.
    pub(crate) fn add_unflushed(&self, key: Key) {
        self.unflushed.borrow_mut().push(key);
    }

    /// Returns the connections on which was sent, in a list for [`Connections::reuse_list`].
    pub(crate) fn take_unflushed(&self) -> Vec<Key> {
        self.unflushed.take()
    }

    /// Uses the memory of a list again for the next tick.
    pub(crate) fn reuse_list(&self, mut list: Vec<Key>) {
        let mut unflushed = self.unflushed.borrow_mut();
        if unflushed.capacity() == 0 {
            list.clear();
            *unflushed = list;
        }
    }
}
