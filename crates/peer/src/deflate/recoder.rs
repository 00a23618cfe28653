//! Translates between the frames of a connection with permessage-deflate and those of tungstenite, which has none.
//!
//! Fragments need not stay the same: a compressed message becomes a fragment for each part that arrives.

use std::io;

use crate::{
    frame::{CONTINUATION, FIN, RSV1, push_header},
    frame_stream::{FrameHeader, FrameStream, Piece},
};

use super::{
    agreement::Agreement,
    codec::{Compressor, Decompressor},
};

/// Compressed bytes of an incomplete frame from which they are sent as a fragment.
const FRAGMENT: usize = 64 * 1024;
/// tungstenite expects masked frames. With this key, the masked payload equals the payload.
const MASK: [u8; 4] = [0; 4];

/// Both directions of a connection.
pub(crate) struct Recoder {
    incoming: Incoming,
    outgoing: Outgoing,
}

impl Recoder {
    pub(crate) fn new(agreement: Agreement) -> Self {
        Self {
            incoming: Incoming {
                frames: FrameStream::default(),
                decompressor: Decompressor::new(agreement.client_no_context_takeover),
                message: None,
                inflated: Vec::new(),
            },
            outgoing: Outgoing {
                frames: FrameStream::default(),
                compressor: Compressor::new(
                    agreement.server_max_window_bits,
                    agreement.server_no_context_takeover,
                    agreement.settings.level,
                    agreement.settings.mem_level,
                ),
                threshold: agreement.settings.threshold,
                message: None,
                deflated: Vec::new(),
            },
        }
    }

    /// Appends what tungstenite reads instead of the received bytes.
    ///
    /// # Errors
    /// `InvalidData` if a message cannot be decompressed.
    pub(crate) fn receive(&mut self, bytes: &mut [u8], plain: &mut Vec<u8>) -> io::Result<()> {
        let mut at = 0;
        while let Some(piece) = self.incoming.frames.next(bytes, &mut at) {
            self.incoming.take(&piece, plain).map_err(invalid)?;
        }
        Ok(())
    }

    /// Appends what is sent instead of the bytes that tungstenite writes.
    ///
    /// # Errors
    /// If a message cannot be compressed.
    pub(crate) fn send(&mut self, bytes: &[u8], wire: &mut Vec<u8>) -> io::Result<()> {
        let (mut bytes, mut at) = (bytes.to_vec(), 0);
        while let Some(piece) = self.outgoing.frames.next(&mut bytes, &mut at) {
            self.outgoing
                .take(&piece, wire)
                .map_err(|error| io::Error::other(error.as_str()))?;
        }
        Ok(())
    }
}

fn invalid(error: zlib_rs::InflateError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.as_str())
}

/// The opcode of the next frame of a compressed message: `CONTINUATION` after the first.
type NextOpcode = Option<u8>;

struct Incoming {
    frames: FrameStream,
    decompressor: Decompressor,
    /// Set while a compressed message is incomplete.
    message: NextOpcode,
    inflated: Vec<u8>,
}

impl Incoming {
    fn take(&mut self, piece: &Piece<'_>, plain: &mut Vec<u8>) -> Result<(), zlib_rs::InflateError> {
        let header = piece.header;
        let begins = !header.is_control() && header.opcode() != CONTINUATION && header.first & RSV1 != 0;
        if piece.is_first && begins {
            self.message = Some(header.opcode());
        }
        let (false, Some(opcode)) = (header.is_control(), self.message) else {
            pass(piece, Some(MASK), plain);
            return Ok(());
        };
        self.decompressor.push(piece.payload, &mut self.inflated)?;
        let ends = piece.is_last && header.fin();
        if ends {
            self.decompressor.finish(&mut self.inflated)?;
        }
        // A continuation keeps its reserved bits, which tungstenite judges.
        let reserved = header.first & !(FIN | 15) & !if begins { RSV1 } else { 0 };
        if ends || !self.inflated.is_empty() || reserved != 0 {
            let first = reserved | opcode | if ends { FIN } else { 0 };
            push_header(plain, first, self.inflated.len() as u64, Some(MASK));
            plain.append(&mut self.inflated);
            self.message = (!ends).then_some(CONTINUATION);
        }
        Ok(())
    }
}

struct Outgoing {
    frames: FrameStream,
    compressor: Compressor,
    threshold: u64,
    /// Set while a compressed message is incomplete.
    message: NextOpcode,
    deflated: Vec<u8>,
}

impl Outgoing {
    fn take(&mut self, piece: &Piece<'_>, wire: &mut Vec<u8>) -> Result<(), zlib_rs::DeflateError> {
        let header = piece.header;
        if piece.is_first && self.compresses(header) {
            self.message = Some(header.opcode());
        }
        let (false, Some(opcode)) = (header.is_control(), self.message) else {
            pass(piece, None, wire);
            return Ok(());
        };
        self.compressor.push(piece.payload, &mut self.deflated)?;
        let ends = piece.is_last && header.fin();
        if ends {
            self.compressor.finish(&mut self.deflated)?;
        } else if piece.is_last {
            self.compressor.flush(&mut self.deflated)?;
        } else if self.deflated.len() < FRAGMENT {
            return Ok(());
        }
        let reserved = if opcode == CONTINUATION { 0 } else { RSV1 };
        let first = reserved | opcode | if ends { FIN } else { 0 };
        push_header(wire, first, self.deflated.len() as u64, None);
        wire.append(&mut self.deflated);
        self.message = (!ends).then_some(CONTINUATION);
        Ok(())
    }

    /// Returns whether the message that begins with this frame is compressed.
    fn compresses(&self, header: FrameHeader) -> bool {
        let begins = !header.is_control() && header.opcode() != CONTINUATION;
        begins && (!header.fin() || header.length >= self.threshold)
    }
}

/// Appends a piece of a frame as it is.
fn pass(piece: &Piece<'_>, mask: Option<[u8; 4]>, bytes: &mut Vec<u8>) {
    if piece.is_first {
        push_header(bytes, piece.header.first, piece.header.length, mask);
    }
    bytes.extend_from_slice(piece.payload);
}
