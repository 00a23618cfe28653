//! A compressor: raw DEFLATE (RFC 1951), flushed so that each message can be decompressed on its own.

use crate::error::{Error, ErrorKind, Phase};
use std::fmt;
use std::sync::Arc;
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush};

/// The least window of zlib's compressor. It never looks back further than its window less 262 bytes, 250 here, so a
/// peer that decompresses with a window of 8 bits (256 bytes) understands it.
const MIN_ZLIB_WINDOW_BITS: u8 = 9;

/// What a flush ends with: the lengths of an empty stored block. A message is sent without them (RFC 7692 section
/// 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// An empty stored block without its lengths: a message without bytes (RFC 7692 section 7.2.3.6), or the end of one
/// whose last fragment has none.
const EMPTY: u8 = 0;

/// How a compressor is set up. Compressors with the same configuration can replace each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DeflaterConfig {
    pub(super) level: u8,
    pub(super) mem_level: u8,
    pub(super) window_bits: u8,
}

impl DeflaterConfig {
    fn to_zlib(self) -> DeflateConfig {
        DeflateConfig {
            level: self.level.min(9).into(),
            mem_level: self.mem_level.clamp(1, 9).into(),
            // Negative for raw DEFLATE, without zlib's header.
            window_bits: -i32::from(self.window_bits.clamp(MIN_ZLIB_WINDOW_BITS, 15)),
            ..DeflateConfig::default()
        }
    }
}

/// A compressor with the window of what it has compressed.
pub(super) struct Deflater {
    deflate: Deflate,
    config: DeflaterConfig,
    /// Nothing was compressed since the window was emptied.
    is_fresh: bool,
    /// Counts the compressors of a pool by its references.
    _count: Arc<()>,
}

impl fmt::Debug for Deflater {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Deflater")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Deflater {
    pub(super) fn new(config: DeflaterConfig, count: Arc<()>) -> Self {
        Self {
            deflate: Deflate::new_with_config(config.to_zlib()),
            config,
            is_fresh: true,
            _count: count,
        }
    }

    pub(super) fn config(&self) -> DeflaterConfig {
        self.config
    }

    /// Empties the window.
    pub(super) fn reset(&mut self) {
        if !self.is_fresh {
            self.deflate.reset();
            self.is_fresh = true;
        }
    }

    /// Appends a compressed fragment to `out`. All fragments of a message are one stream, of which the `last` ends
    /// without [`TAIL`].
    pub(super) fn compress(&mut self, fragment: &[u8], last: bool, out: &mut Vec<u8>) -> Result<(), Error> {
        if fragment.is_empty() {
            // zlib does not flush twice in a row.
            out.extend(last.then_some(EMPTY));
            return Ok(());
        }
        self.is_fresh = false;
        let start = out.len();
        let end = self.run(fragment, out)?;
        out.truncate(end);
        let is_flushed = out.get(start..).is_some_and(|made| made.ends_with(&TAIL));
        if !is_flushed {
            return Err(internal());
        }
        if last {
            out.truncate(end - TAIL.len());
        }
        Ok(())
    }

    /// Writes the compressed bytes behind those of `out`, which it extends with zeros. Returns where they end.
    fn run(&mut self, mut input: &[u8], out: &mut Vec<u8>) -> Result<usize, Error> {
        let mut end = out.len();
        let mut room = input.len() / 4 + 64;
        loop {
            out.resize(end + room, 0);
            let space = out.get_mut(end..).unwrap_or_default();
            let (taken, made) = (self.deflate.total_in(), self.deflate.total_out());
            self.deflate
                .compress(input, space, DeflateFlush::SyncFlush)
                .map_err(|_| internal())?;
            let taken = progress(self.deflate.total_in(), taken);
            let made = progress(self.deflate.total_out(), made);
            if taken == 0 && made == 0 {
                return Err(internal());
            }
            input = input.get(taken..).unwrap_or_default();
            end += made;
            // The flush is complete if it has left space.
            if end < out.len() && input.is_empty() {
                return Ok(end);
            }
            room = input.len() / 2 + 1024;
        }
    }
}

fn progress(now: u64, before: u64) -> usize {
    usize::try_from(now - before).unwrap_or(usize::MAX)
}

fn internal() -> Error {
    Error::new(Phase::Open, ErrorKind::Internal)
}
