//! `/slow`: echoes each message a while after it came, in order.

use std::{collections::VecDeque, time::Duration};

use futures_util::SinkExt as _;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Message;

use super::socket::{ModeResult, Socket, TcpEnd, is_data, next};

/// Reading stops here, so that a client cannot fill the peer's memory with messages not due yet.
const MAX_WAITING: usize = 64 * 1024 * 1024;

/// The delay runs from each message's arrival: ten messages at once come back at once.
pub(super) async fn run(socket: &mut Socket, delay: Duration) -> ModeResult {
    let mut waiting: VecDeque<(Instant, Message)> = VecDeque::new();
    let mut bytes = 0;
    loop {
        let due = waiting.front().map(|(due, _)| *due);
        tokio::select! {
            message = next(socket), if bytes < MAX_WAITING => match message {
                None => return Ok(TcpEnd::Finish),
                Some(Err(error)) => return Err(error),
                Some(Ok(message)) if is_data(&message) => {
                    bytes += cost(&message);
                    waiting.push_back((Instant::now() + delay, message));
                }
                Some(Ok(_)) => {}
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                if let Some((_, message)) = waiting.pop_front() {
                    bytes -= cost(&message);
                    socket.send(message).await?;
                }
            }
        }
    }
}

/// What a waiting message takes; an empty one is not free.
fn cost(message: &Message) -> usize {
    message.len() + size_of::<(Instant, Message)>()
}
