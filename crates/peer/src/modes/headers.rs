//! `/headers`: sends the upgrade request back as JSON, then echoes.

use futures_util::SinkExt as _;
use serde_json::{Map, Value};
use tokio_tungstenite::tungstenite::Message;

use crate::request_head::RequestHead;

use super::{
    echo,
    socket::{ModeResult, Socket},
};

pub(super) async fn run(socket: &mut Socket, head: &RequestHead) -> ModeResult {
    socket.send(Message::text(report(head).to_string())).await?;
    echo::run(socket, echo::Stamp::None).await
}

/// Returns an object of lower-case header names and arrays of values. The target is under `:path`, which cannot be the
/// name of a header.
fn report(head: &RequestHead) -> Value {
    let mut report = Map::new();
    for (name, value) in &head.headers {
        let values = report
            .entry(name.as_str())
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(values) = values {
            values.push(value.as_str().into());
        }
    }
    report.insert(":path".to_owned(), head.target.as_str().into());
    Value::Object(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collects_the_values_of_a_repeated_header() {
        let head = crate::request_head::sample("/headers?q=1", "X-A: 1\r\nx-a: 2\r\n");
        let expected = serde_json::json!({ "x-a": ["1", "2"], ":path": "/headers?q=1" });
        assert_eq!(report(&head), expected);
    }
}
