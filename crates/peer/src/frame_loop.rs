//! Modes that see frames piece by piece and answer control frames themselves, without tungstenite.

use std::{
    cell::RefCell,
    future::poll_fn,
    io, mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};

use crate::{
    frame::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, RSV, RSV1, TEXT, push_header},
    frame_stream::{FrameHeader, FrameStream, Piece},
    transport::Transport,
};

/// The most bytes of one read.
const READ: usize = 32 * 1024;
/// The longest payload of a control frame (RFC 6455 section 5.5).
const MAX_CONTROL: u64 = 125;
/// The payload of the close frame for a client that breaks the protocol: 1002.
const PROTOCOL_ERROR: [u8; 2] = [0x03, 0xea];

thread_local! {
    /// Shared by all connections, so that idle connections hold no buffers: input, and output.
    static SCRATCH: RefCell<(Vec<u8>, Vec<u8>)> = RefCell::new((vec![0; READ], Vec::new()));
}

/// What is done with data frames.
pub(crate) trait DataFrames {
    /// Whether the first frame of a message may have RSV1.
    const RSV1: bool;

    /// Takes a piece of a data frame, and appends the frames of the reply.
    fn take(&mut self, piece: &Piece<'_>, reply: &mut Vec<u8>);
}

/// Serves the connection to its end. `rest` is what was received with the request.
pub(crate) async fn run<D: DataFrames>(mut transport: Transport, rest: Vec<u8>, data: D) {
    let mut frames = FrameLoop {
        frames: FrameStream::default(),
        data,
        control: Vec::new(),
        is_over: false,
    };
    let mut rest = Some(rest);
    // An error means that the connection is broken.
    let _ = poll_fn(|cx| {
        SCRATCH.with_borrow_mut(|scratch| frames.poll(&mut transport, rest.take(), scratch, cx))
    })
    .await;
    transport.finish().await;
}

struct FrameLoop<D> {
    frames: FrameStream,
    data: D,
    /// The payload of an incomplete control frame.
    control: Vec<u8>,
    /// Whether a close frame was answered or sent.
    is_over: bool,
}

impl<D: DataFrames> FrameLoop<D> {
    fn poll(
        &mut self,
        transport: &mut Transport,
        rest: Option<Vec<u8>>,
        (input, reply): &mut (Vec<u8>, Vec<u8>),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(mut rest) = rest {
            self.answer(transport, &mut rest, reply, cx)?;
        }
        loop {
            // Reads only after everything is written: back-pressure for clients that do not read.
            ready!(Pin::new(&mut *transport).poll_flush(cx))?;
            if self.is_over {
                return Poll::Ready(Ok(()));
            }
            let mut unfilled = ReadBuf::new(input);
            ready!(Pin::new(&mut *transport).poll_read(cx, &mut unfilled))?;
            if unfilled.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.answer(transport, unfilled.filled_mut(), reply, cx)?;
        }
    }

    /// Takes the frames of one read and writes the reply. Clears the buffer even if that fails.
    fn answer(
        &mut self,
        transport: &mut Transport,
        bytes: &mut [u8],
        reply: &mut Vec<u8>,
        cx: &mut Context<'_>,
    ) -> io::Result<()> {
        let mut at = 0;
        while let Some(piece) = self.frames.next(bytes, &mut at).filter(|_| !self.is_over) {
            if piece.is_first && !is_valid::<D>(piece.header) {
                self.close(&PROTOCOL_ERROR, reply);
            } else if piece.header.is_control() {
                self.control(&piece, reply);
            } else {
                self.data.take(&piece, reply);
            }
        }
        let pushed = transport.push(cx, reply);
        reply.clear();
        pushed
    }

    /// Answers a control frame when it is complete.
    fn control(&mut self, piece: &Piece<'_>, reply: &mut Vec<u8>) {
        self.control.extend_from_slice(piece.payload);
        if !piece.is_last {
            return;
        }
        let payload = mem::take(&mut self.control);
        match piece.header.opcode() {
            PING => {
                push_header(reply, FIN | PONG, payload.len() as u64, None);
                reply.extend(payload);
            }
            CLOSE => self.close(&payload, reply),
            _ => {}
        }
    }

    fn close(&mut self, payload: &[u8], reply: &mut Vec<u8>) {
        push_header(reply, FIN | CLOSE, payload.len() as u64, None);
        reply.extend_from_slice(payload);
        self.is_over = true;
    }
}

/// Returns whether a client may send such a frame. The order of fragments is not checked.
fn is_valid<D: DataFrames>(header: FrameHeader) -> bool {
    let reserved = header.first & RSV;
    let is_allowed = match header.opcode() {
        TEXT | BINARY => reserved == 0 || (D::RSV1 && reserved == RSV1),
        CONTINUATION => reserved == 0,
        CLOSE | PING | PONG => reserved == 0 && header.fin() && header.length <= MAX_CONTROL,
        _ => false,
    };
    is_allowed && header.mask.is_some()
}
