//! permessage-deflate (RFC 7692): compressing what is sent and decompressing what is received.

mod compressor;
mod deflater;
mod history;
mod inflater;
mod job;
mod pool;
mod settings;
#[cfg(test)]
mod tests;

pub(crate) use compressor::{Compressor, LentCompressor, Place};
pub(crate) use inflater::{Inflated, Inflater, InvalidData};
pub(crate) use job::Job;
pub use settings::{Compression, CompressionOptions, DeflateSettings};
