//! How a connection compresses, as configured and as negotiated.

use websocket_rs_protocol::extensions::deflate::{DeflateOffer, DeflateParameters};

/// The options of compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompressionOptions {
    /// What is offered to the server.
    pub offer: DeflateOffer,
    /// How the client compresses.
    pub deflate: DeflateSettings,
}

/// How the client compresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeflateSettings {
    /// 0 to 9, as in zlib: 0 stores, 1 is the fastest, 9 compresses most.
    pub level: u8,
    /// 1 to 9, as in zlib: memory of the compressor.
    pub mem_level: u8,
    /// Bytes from which messages are compressed.
    pub threshold: usize,
}

/// Compression of one connection, as negotiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compression {
    /// What both sides have agreed on.
    pub parameters: DeflateParameters,
    /// How the client compresses.
    pub settings: DeflateSettings,
}
