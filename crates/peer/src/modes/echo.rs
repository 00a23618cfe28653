//! `/echo` and `/timestamp`: echoes messages.

use bytes::{BufMut as _, BytesMut};
use futures_util::SinkExt as _;
use tokio_tungstenite::tungstenite::Message;

use super::socket::{ModeResult, Socket, TcpEnd, is_data, next};

/// What precedes the payload of an echo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// Nothing: the echo is the message as received.
    None,
    /// When the message was received and when the echo was sent: two big-endian 64-bit numbers of nanoseconds
    /// from [`now`].
    Times,
}

/// Echoes until the client closes the connection.
pub(super) async fn run(socket: &mut Socket, stamp: Stamp) -> ModeResult {
    while let Some(message) = next(socket).await {
        let message = message?;
        if is_data(&message) {
            // Not flushed: `next` flushes when no more input is ready.
            socket.feed(stamped(message, stamp)).await?;
        }
    }
    Ok(TcpEnd::Finish)
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
    // Taken last, so that the difference of the two times is the cost of the peer.
    if let Some(sent) = reply.get_mut(8..16) {
        sent.copy_from_slice(&now().to_be_bytes());
    }
    Message::Binary(reply.freeze())
}

/// Reads `CLOCK_MONOTONIC`, which a client on the same machine can read as well, so both sets of times compare.
#[cfg(unix)]
fn now() -> u64 {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::Monotonic);
    // Neither is ever negative.
    time.tv_sec.unsigned_abs() * 1_000_000_000 + time.tv_nsec.unsigned_abs()
}

/// Returns the time since 1970: no other clock can be read by two processes without unsafe code.
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
