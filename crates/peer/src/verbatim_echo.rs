//! The echo of a connection with permessage-deflate whose client can read its own compressed payloads.
//!
//! Each frame goes back as it came, without its mask. The server spends no time on compression, so that a benchmark
//! measures the client, and frames may have any size.

use crate::{
    frame::push_header,
    frame_loop::{self, DataFrames},
    frame_stream::Piece,
    transport::Transport,
};

struct VerbatimEcho;

impl DataFrames for VerbatimEcho {
    const RSV1: bool = true;

    fn take(&mut self, piece: &Piece<'_>, reply: &mut Vec<u8>) {
        if piece.is_first {
            push_header(reply, piece.header.first, piece.header.length, None);
        }
        reply.extend_from_slice(piece.payload);
    }
}

/// Echoes until the client closes the connection.
pub(crate) async fn run(transport: Transport, rest: Vec<u8>) {
    frame_loop::run(transport, rest, VerbatimEcho).await;
}
