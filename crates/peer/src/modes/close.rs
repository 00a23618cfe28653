//! `/close`: the peer ends the connection, with or without a closing handshake.

use futures_util::SinkExt as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::request_head::Query;

use super::socket::{ModeResult, Socket, TcpEnd, close_handshake, is_data, next};

/// Ends the connection without a close frame: RFC 6455 section 7.4.1 reserves this code for that case.
const ABNORMAL: u16 = 1006;

/// The parameters of the mode.
#[derive(Debug)]
pub(crate) struct Close {
    /// 0 sends a close frame without a code.
    code: u16,
    reason: String,
    /// How many messages are echoed first.
    after: u64,
    /// With code 1006: whether TCP ends with RST instead of FIN.
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

    pub(super) async fn run(self, socket: &mut Socket) -> ModeResult {
        let mut left = self.after;
        while left > 0 {
            let Some(message) = next(socket).await else {
                return Ok(TcpEnd::Finish);
            };
            let message = message?;
            if is_data(&message) {
                socket.feed(message).await?;
                left -= 1;
            }
        }
        socket.flush().await?;
        match (self.code, self.reset) {
            (ABNORMAL, true) => Ok(TcpEnd::Reset),
            (ABNORMAL, false) => Ok(TcpEnd::Cut),
            _ => close_handshake(socket, self.frame()).await,
        }
    }

    fn frame(self) -> Option<CloseFrame> {
        (self.code != 0).then(|| CloseFrame {
            code: self.code.into(),
            reason: self.reason.into(),
        })
    }
}
