//! `/echo` and `/timestamp`, and the receiving that all echoing modes share.

use std::{future::poll_fn, task::Poll};

use bytes::{BufMut as _, BytesMut};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{End, Outcome, Socket, is_data};

/// What goes before the payload of an echo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// Nothing: the echo is what came.
    None,
    /// When the message was received and when the echo was sent: nanoseconds of [`now`], eight bytes each, the
    /// highest first.
    Times,
}

/// Echoes until the client closes.
pub(super) async fn run(socket: &mut Socket, stamp: Stamp) -> Outcome {
    while let Some(message) = next(socket).await {
        let message = message?;
        if is_data(&message) {
            // Fed, not sent: the flush comes when no more input is ready.
            socket.feed(stamped(message, stamp)).await?;
        }
    }
    Ok(End::Finish)
}

/// The next message. Flushes what was fed before, but only once there is nothing more to read.
pub(super) async fn next(socket: &mut Socket) -> Option<Result<Message, Error>> {
    poll_fn(|cx| match socket.poll_next_unpin(cx) {
        Poll::Ready(message) => Poll::Ready(message),
        Poll::Pending => match socket.poll_flush_unpin(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Some(Err(error))),
            // Unflushed or not, both wake this task again.
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        },
    })
    .await
}

fn stamped(message: Message, stamp: Stamp) -> Message {
    if stamp == Stamp::None {
        return message;
    }
    let received = now();
    let payload = message.into_data();
    let mut reply = BytesMut::with_capacity(16 + payload.len());
    reply.put_u64(received);
    reply.put_u64(received);
    reply.put_slice(&payload);
    // Last, so that the two differ by what the peer itself costs.
    if let Some(sent) = reply.get_mut(8..16) {
        sent.copy_from_slice(&now().to_be_bytes());
    }
    Message::Binary(reply.freeze())
}

/// Of `CLOCK_MONOTONIC`, which a client on the same machine can read too: all differences are real times.
#[cfg(unix)]
fn now() -> u64 {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::Monotonic);
    // Neither is ever negative.
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}

/// Since 1970, for want of a clock that two processes can read without unsafe code.
#[cfg(not(unix))]
fn now() -> u64 {
    let elapsed = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_both_times_before_the_payload() {
        let before = now();
        let reply = stamped(Message::text("abc"), Stamp::Times).into_data();
        let time = |range: std::ops::Range<usize>| u64::from_be_bytes(reply[range].try_into().unwrap());
        assert!(before <= time(0..8) && time(0..8) <= time(8..16) && time(8..16) <= now());
        assert_eq!(&reply[16..], b"abc");
    }
}
