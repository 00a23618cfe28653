//! `/slow`: echoes each message after a delay, in order.

use std::{collections::VecDeque, time::Duration};

use futures_util::SinkExt as _;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Message;

use super::socket::{ModeResult, Socket, TcpEnd, is_data, next};

/// Reading pauses when the delayed messages take this many bytes.
const MAX_DELAYED: usize = 64 * 1024 * 1024;

/// Echoes each message `delay` after it was received, so messages received together are echoed together.
pub(super) async fn run(socket: &mut Socket, delay: Duration) -> ModeResult {
    let mut delayed: VecDeque<(Instant, Message)> = VecDeque::new();
    let mut bytes = 0;
    loop {
        let due = delayed.front().map(|(due, _)| *due);
        tokio::select! {
            message = next(socket), if bytes < MAX_DELAYED => match message {
                None => return Ok(TcpEnd::Finish),
                Some(Err(error)) => return Err(error),
                Some(Ok(message)) if is_data(&message) => {
                    bytes += cost(&message);
                    delayed.push_back((Instant::now() + delay, message));
                }
                Some(Ok(_)) => {}
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                if let Some((_, message)) = delayed.pop_front() {
                    bytes -= cost(&message);
                    socket.send(message).await?;
                }
            }
        }
    }
}

/// Returns the memory of a delayed message, including that of its record.
fn cost(message: &Message) -> usize {
    message.len() + size_of::<(Instant, Message)>()
}
