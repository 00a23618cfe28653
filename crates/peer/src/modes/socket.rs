//! The WebSocket connection a mode runs on: receiving, the mode's result, the end of the connection.

use std::{future::poll_fn, task::Poll, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::time::timeout;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::transport::Transport;

/// How long a client may take to complete the closing handshake.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) type Socket = WebSocketStream<Transport>;

/// The result of a mode: how to end the connection, or why the mode failed.
pub(super) type ModeResult = Result<TcpEnd, Error>;

/// How the TCP connection ends when a mode is finished.
pub(super) enum TcpEnd {
    /// Sends everything, then TLS' `close_notify`, then FIN.
    Finish,
    /// Sends FIN only.
    Cut,
    /// Sends RST.
    Reset,
}

/// Receives the next message. Flushes what was fed before, but only when there is nothing more to read.
pub(super) async fn next(socket: &mut Socket) -> Option<Result<Message, Error>> {
    poll_fn(|cx| match socket.poll_next_unpin(cx) {
        Poll::Ready(message) => Poll::Ready(message),
        Poll::Pending => match socket.poll_flush_unpin(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Some(Err(error))),
            // Reading wakes this task, and so does an unfinished flush.
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        },
    })
    .await
}

/// Sends a close frame and waits for the client's. Drops the messages that arrive before it.
pub(super) async fn close_handshake(socket: &mut Socket, frame: Option<CloseFrame>) -> ModeResult {
    socket.send(Message::Close(frame)).await?;
    let _ = timeout(CLOSE_TIMEOUT, async {
        while let Some(Ok(_)) = next(socket).await {}
    })
    .await;
    Ok(TcpEnd::Finish)
}

/// Ends the connection according to the mode's result. If the client broke the protocol, sends a close frame first.
pub(super) async fn end(mut socket: Socket, result: ModeResult) {
    if let Err(error) = &result
        && let Some(code) = close_code(error)
    {
        let frame = CloseFrame {
            code,
            reason: error.to_string().into(),
        };
        let _ = timeout(CLOSE_TIMEOUT, socket.close(Some(frame))).await;
    }
    let transport = socket.into_inner();
    match result {
        Ok(TcpEnd::Finish) | Err(_) => transport.finish().await,
        Ok(TcpEnd::Cut) => transport.cut().await,
        Ok(TcpEnd::Reset) => transport.reset(),
    }
}

/// Returns the close code for a violation by the client (RFC 6455 section 7.4.1).
fn close_code(error: &Error) -> Option<CloseCode> {
    match error {
        Error::Protocol(_) => Some(CloseCode::Protocol),
        Error::Utf8(_) => Some(CloseCode::Invalid),
        Error::Capacity(_) => Some(CloseCode::Size),
        // From [`crate::deflate`]: a message that cannot be decompressed.
        Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => Some(CloseCode::Invalid),
        _ => None,
    }
}

/// Returns whether the message is text or binary.
pub(super) fn is_data(message: &Message) -> bool {
    message.is_text() || message.is_binary()
}
