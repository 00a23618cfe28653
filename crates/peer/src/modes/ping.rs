//! `/ping`: sends pings and reports the client's pongs.

use bytes::Bytes;
use futures_util::SinkExt as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::request_head::Query;

use super::{
    echo,
    socket::{ModeResult, Socket, TcpEnd, is_data, next},
};

/// The parameters of the mode.
#[derive(Debug)]
pub(crate) struct Ping {
    payload: Bytes,
    count: u64,
}

impl Ping {
    pub(super) fn from_query(query: &Query) -> Result<Self, String> {
        let payload = Bytes::copy_from_slice(query.get("payload").unwrap_or_default().as_bytes());
        Ok(Self {
            payload,
            count: query.number("count", 1)?,
        })
    }

    /// Waits for each pong before the next ping: RFC 6455 section 5.5.3 allows a client to answer only the last of
    /// several pings.
    pub(super) async fn run(self, socket: &mut Socket) -> ModeResult {
        for _ in 0..self.count {
            socket.send(Message::Ping(self.payload.clone())).await?;
            let Some(pong) = pong(socket).await? else {
                return Ok(TcpEnd::Finish);
            };
            socket
                .feed(Message::text(format!("pong:{}", String::from_utf8_lossy(&pong))))
                .await?;
        }
        echo::run(socket, echo::Stamp::None).await
    }
}

/// Returns the payload of the next pong, or `None` if the client closed. Echoes the messages before it.
async fn pong(socket: &mut Socket) -> Result<Option<Bytes>, Error> {
    while let Some(message) = next(socket).await {
        match message? {
            Message::Pong(payload) => return Ok(Some(payload)),
            message if is_data(&message) => socket.feed(message).await?,
            _ => {}
        }
    }
    Ok(None)
}
