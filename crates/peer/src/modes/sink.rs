//! `/sink`: drops messages, and reports their number and size when it receives the text `report`.

use futures_util::SinkExt as _;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::socket::{ModeResult, Socket, TcpEnd, is_data, next};

pub(super) async fn run(socket: &mut Socket) -> ModeResult {
    let (mut messages, mut bytes) = (0_u64, 0_u64);
    while let Some(message) = next(socket).await {
        let message = message?;
        if matches!(&message, Message::Text(text) if text.as_str() == "report") {
            let report = json!({ "messages": messages, "bytes": bytes });
            socket.feed(Message::text(report.to_string())).await?;
        } else if is_data(&message) {
            messages += 1;
            bytes += message.len() as u64;
        }
    }
    Ok(TcpEnd::Finish)
}
