//! `/close`: the peer ends the connection, in good order or not.

use futures_util::SinkExt as _;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};

use crate::head::Query;

use super::{CLOSING, End, Outcome, Socket, echo, is_data};

/// RFC 6455 §7.4.1: stands for "no close frame came", and so is the name for sending none.
const ABNORMAL: u16 = 1006;

/// How to close, and after how many echoes.
#[derive(Debug)]
pub(crate) struct Close {
    code: u16,
    reason: String,
    after: u64,
    reset: bool,
}

impl Close {
    pub(super) fn from_query(query: &Query) -> Result<Self, String> {
        Ok(Self {
            code: query.number("code", 1000)?,
            reason: query.get("reason").unwrap_or_default().to_owned(),
            after: query.number("after", 0)?,
            reset: query.flag("reset", false)?,
        })
    }

    pub(super) async fn run(self, socket: &mut Socket) -> Outcome {
        let mut left = self.after;
        while left > 0 {
            let Some(message) = echo::next(socket).await else {
                return Ok(End::Finish);
            };
            let message = message?;
            if is_data(&message) {
                socket.feed(message).await?;
                left -= 1;
            }
        }
        socket.flush().await?;
        match (self.code, self.reset) {
            (ABNORMAL, true) => Ok(End::Reset),
            (ABNORMAL, false) => Ok(End::Cut),
            _ => handshake(socket, self.frame()).await,
        }
    }

    fn frame(self) -> Option<CloseFrame> {
        (self.code != 0).then(|| CloseFrame {
            code: self.code.into(),
            reason: self.reason.into(),
        })
    }
}

/// Sends a close frame and waits for the client's, dropping what it sends in between.
pub(super) async fn handshake(socket: &mut Socket, frame: Option<CloseFrame>) -> Outcome {
    socket.send(Message::Close(frame)).await?;
    let _ = timeout(CLOSING, async {
        while let Some(Ok(_)) = echo::next(socket).await {}
    })
    .await;
    Ok(End::Finish)
}
