//! The scripted peer: what it sends, and what its transcripts hold.

// Clippy allows `unwrap` in tests but not in functions shared by tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use support::{Client, connect_to, exchange, receive, script, start, transcript, upgrade};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::sleep};
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};
use websocket_rs_peer::Server;

async fn play(server: &Server, steps: &str, id: &str) -> Client {
    connect_to(server.raw_address, &script(steps, id)).await
}

#[tokio::test]
async fn plays_a_script_and_records_the_frames() {
    let server = start().await;
    let steps = r#"[{"accept":true,"headers":{"X-A":"1"}},{"frame":{"opcode":1,"text":"hi"}},
        {"readFrame":true},{"drip":"82 01 07"},{"hex":"8802 03e8"},{"readUntilClose":true}]"#;
    let mut client = play(&server, steps, "a").await;
    assert_eq!(receive(&mut client).await, Message::text("hi"));
    client.send(Message::text("yo")).await.unwrap();
    assert_eq!(receive(&mut client).await, Message::binary(vec![7]));
    while let Some(Ok(_)) = client.next().await {}
    let transcript = transcript(&server, "a").await;
    let frame = |opcode, hex| json!({ "fin": true, "rsv": 0, "opcode": opcode, "masked": true, "hex": hex });
    assert_eq!(transcript["frames"], json!([frame(1, "796f"), frame(8, "03e8")]));
    assert_eq!(transcript["ended"], "done");
    assert!(
        transcript["request"]
            .as_str()
            .unwrap()
            .starts_with("GET /script/")
    );
}

#[tokio::test]
async fn replaces_the_accept_placeholder_in_text_steps() {
    let server = start().await;
    let steps = r#"[{"text":"HTTP/1.1 101 X\r\nA: {accept}\r\n\r\n"},{"dripText":"<{accept}>"},
        {"repeat":3,"hex":"61"}]"#;
    let response = exchange(server.raw_address, &upgrade(&script(steps, "b")))
        .await
        .unwrap();
    let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    let expected = format!("HTTP/1.1 101 X\r\nA: {accept}\r\n\r\n<{accept}>aaa");
    assert_eq!(String::from_utf8(response).unwrap(), expected);
}

#[tokio::test]
async fn reports_how_a_script_ended() {
    let server = start().await;
    let wait = r#"[{"accept":true},{"readToEnd":true}]"#;
    drop(play(&server, wait, "eof").await);
    assert_eq!(transcript(&server, "eof").await["ended"], "eof");
    let client = play(&server, wait, "reset").await;
    client.into_inner().set_zero_linger().unwrap();
    assert_eq!(transcript(&server, "reset").await["ended"], "reset");
    let client = play(&server, r#"[{"accept":true},{"read":1,"timeout":50}]"#, "late").await;
    assert_eq!(transcript(&server, "late").await["ended"], "timeout");
    drop(client);
}

#[tokio::test]
async fn names_a_step_that_cannot_be_played() {
    let server = start().await;
    let request = format!(
        "GET {} HTTP/1.1\r\n\r\n",
        script(r#"[{"sleep":1},{"accept":true}]"#, "c")
    );
    assert!(
        exchange(server.raw_address, request.as_bytes())
            .await
            .unwrap()
            .is_empty()
    );
    let ended = transcript(&server, "c").await["ended"].clone();
    assert_eq!(ended, "error: step 2: no Sec-WebSocket-Key in the request");
}

#[tokio::test]
async fn rejects_a_malformed_script_with_400_and_the_step() {
    let server = start().await;
    let request = upgrade(&script(r#"[{"sleep":1},{"hex":"zz"}]"#, "d"));
    let response = String::from_utf8(exchange(server.raw_address, &request).await.unwrap()).unwrap();
    assert!(response.starts_with("HTTP/1.1 400 ") && response.contains("step 2 (hex)"));
}

#[tokio::test]
async fn records_bytes_that_are_not_read_as_frames() {
    let server = start().await;
    let request = upgrade(&script(
        r#"[{"read":2},{"shutdown":true},{"readToEnd":true}]"#,
        "e",
    ));
    let mut stream = TcpStream::connect(server.raw_address).await.unwrap();
    stream
        .write_all(&[&request, &b"abcd"[..]].concat())
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(transcript(&server, "e").await["bytes"], "61626364");
}

#[tokio::test]
async fn closes_with_rst_at_a_reset_step() {
    let server = start().await;
    let request = upgrade(&script(r#"[{"reset":true}]"#, "f"));
    let error = exchange(server.raw_address, &request).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn closes_with_fin_despite_unread_input() {
    let server = start().await;
    let steps = r#"[{"accept":true},{"sleep":50},{"frame":{"opcode":8,"hex":"03e8"}},{"close":true}]"#;
    let mut client = play(&server, steps, "g").await;
    client.send(Message::binary(vec![0; 100_000])).await.unwrap();
    sleep(Duration::from_millis(200)).await;
    let close = receive(&mut client).await;
    assert_eq!(
        close,
        Message::Close(Some(CloseFrame {
            code: 1000.into(),
            reason: "".into()
        }))
    );
}
