//! The compressing side of a connection, with its settings and the right to a compressor of its thread.

use super::deflater::{Deflater, DeflaterConfig};
use super::pool::{self, MAX_ALIVE};
use super::settings::Compression;
use crate::error::Error;
use std::sync::Weak;
use std::sync::atomic::{AtomicU64, Ordering};

/// The compressing side of one connection.
#[derive(Debug)]
pub(crate) struct Compressor {
    /// The number by which the pool knows the connection; 0 before its first compressed message.
    id: u64,
    config: DeflaterConfig,
    /// Whether a message may refer back to the one before it.
    has_takeover: bool,
}

/// A fragment to compress, or a whole message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Whether a message begins with it.
    pub(crate) first: bool,
    /// Whether the message ends with it.
    pub(crate) last: bool,
}

impl Compressor {
    pub(crate) fn new(compression: &Compression) -> Self {
        let Compression { parameters, settings } = compression;
        Self {
            id: 0,
            config: DeflaterConfig {
                level: settings.level,
                mem_level: settings.mem_level,
                window_bits: parameters.client_max_window_bits,
            },
            has_takeover: !parameters.client_no_context_takeover,
        }
    }

    /// Takes what is needed to compress, on this or another thread. The next fragment waits until it is [given
    /// back](Compressor::give_back).
    pub(crate) fn lend(&mut self) -> LentCompressor {
        static LAST_ID: AtomicU64 = AtomicU64::new(0);
        if self.id == 0 {
            self.id = LAST_ID.fetch_add(1, Ordering::Relaxed) + 1;
        }
        let (deflater, count) = pool::take(self.id, self.config);
        LentCompressor {
            deflater,
            config: self.config,
            has_takeover: self.has_takeover,
            is_within_message: false,
            count,
        }
    }

    pub(crate) fn give_back(&mut self, lent: LentCompressor) {
        if let Some(deflater) = lent.deflater {
            let keeps_window = self.has_takeover || lent.is_within_message;
            pool::put(keeps_window.then_some(self.id), deflater);
        }
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        if self.id != 0 {
            pool::forget(self.id);
        }
    }
}

/// A compressor that was taken from the pool, or the right to make one.
#[derive(Debug)]
pub(crate) struct LentCompressor {
    deflater: Option<Deflater>,
    config: DeflaterConfig,
    has_takeover: bool,
    /// Whether the last fragment has left a message incomplete.
    is_within_message: bool,
    /// Counts the compressors of the pool.
    count: Weak<()>,
}

impl LentCompressor {
    /// Appends a compressed fragment to `out`.
    pub(crate) fn compress(&mut self, fragment: &[u8], place: Place, out: &mut Vec<u8>) -> Result<(), Error> {
        let deflater = self
            .deflater
            .get_or_insert_with(|| Deflater::new(self.config, self.count.upgrade().unwrap_or_default()));
        if place.first && !self.has_takeover {
            deflater.reset();
        }
        self.is_within_message = !place.last;
        deflater.compress(fragment, place.last, out)
    }

    /// Drops the compressor if its pool has too many, after use on another thread.
    pub(crate) fn release(&mut self) {
        // One reference is that of the pool.
        if self.count.strong_count() > MAX_ALIVE + 1 {
            self.deflater = None;
        }
    }
}
