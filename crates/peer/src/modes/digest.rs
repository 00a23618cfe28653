//! `/digest`: replies to each message, of any size, with its kind, size, number of fragments and CRC-32 as JSON.
//!
//! If the connection is compressed, a fragment is counted for each part in which the message arrives.

use serde_json::json;

use crate::{
    frame::{CONTINUATION, FIN, TEXT, push_header},
    frame_loop::{self, DataFrames},
    frame_stream::Piece,
    transport::Transport,
};

/// What is known of the message that is arriving.
#[derive(Default)]
struct Digest {
    is_text: bool,
    bytes: u64,
    fragments: u64,
    crc32: u32,
}

impl DataFrames for Digest {
    const RSV1: bool = false;

    fn take(&mut self, piece: &Piece<'_>, reply: &mut Vec<u8>) {
        let header = piece.header;
        if piece.is_first && header.opcode() != CONTINUATION {
            *self = Self {
                is_text: header.opcode() == TEXT,
                ..Self::default()
            };
        }
        self.bytes += piece.payload.len() as u64;
        self.crc32 = zlib_rs::crc32::crc32(self.crc32, piece.payload);
        self.fragments += u64::from(piece.is_last);
        if piece.is_last && header.fin() {
            let report = self.report();
            push_header(reply, FIN | TEXT, report.len() as u64, None);
            reply.extend(report.bytes());
        }
    }
}

impl Digest {
    fn report(&self) -> String {
        let kind = if self.is_text { "text" } else { "binary" };
        json!({ "kind": kind, "bytes": self.bytes, "fragments": self.fragments, "crc32": self.crc32 })
            .to_string()
    }
}

/// Reports until the client closes the connection.
pub(crate) async fn run(transport: Transport, rest: Vec<u8>) {
    frame_loop::run(transport, rest, Digest::default()).await;
}
