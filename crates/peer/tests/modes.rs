//! The modes of the WebSocket ports except echo, tested through a client.

// Clippy allows `unwrap` in tests but not in functions shared by tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use support::{closed, connect, exchange, get, receive, start, upgrade};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::tungstenite::{Error, Message, error::ProtocolError};

#[tokio::test]
async fn source_numbers_its_messages_and_closes() {
    let server = start().await;
    let mut client = connect(&server, "/source?count=3&size=9&kind=binary").await;
    for number in 0..3 {
        assert_eq!(
            receive(&mut client).await,
            Message::binary(vec![0, 0, 0, 0, 0, 0, 0, number, 0])
        );
    }
    assert_eq!(receive(&mut client).await, closed(1000, ""));
}

#[tokio::test]
async fn endless_source_stops_at_a_close_frame() {
    let server = start().await;
    let mut client = connect(&server, "/source?count=0&size=4&kind=text").await;
    assert_eq!(receive(&mut client).await, Message::text("0   "));
    client.close(None).await.unwrap();
    let all = async { while let Some(Ok(_)) = client.next().await {} };
    timeout(Duration::from_secs(10), all).await.unwrap();
}

#[tokio::test]
async fn sink_reports_what_it_dropped() {
    let server = start().await;
    let mut client = connect(&server, "/sink").await;
    for message in [
        Message::text("abc"),
        Message::binary(vec![0; 7]),
        Message::text("report"),
    ] {
        client.send(message).await.unwrap();
    }
    let report: Value = serde_json::from_str(receive(&mut client).await.to_text().unwrap()).unwrap();
    assert_eq!(report, json!({ "messages": 2, "bytes": 10 }));
}

#[tokio::test]
async fn slow_delays_each_message_and_keeps_the_order() {
    let server = start().await;
    let mut client = connect(&server, "/slow?delay=200").await;
    let begin = Instant::now();
    for number in 0..5 {
        client.send(Message::text(number.to_string())).await.unwrap();
    }
    for number in 0..5 {
        assert_eq!(receive(&mut client).await, Message::text(number.to_string()));
    }
    assert!((200..900).contains(&begin.elapsed().as_millis()));
}

#[tokio::test]
async fn timestamp_precedes_the_payload() {
    let server = start().await;
    let mut client = connect(&server, "/timestamp").await;
    client.send(Message::text("abc")).await.unwrap();
    let reply = receive(&mut client).await;
    assert!(reply.is_binary());
    assert_eq!(&reply.into_data()[16..], b"abc");
}

#[cfg(unix)]
#[tokio::test]
async fn timestamp_uses_a_clock_that_the_client_can_read() {
    use rustix::time::{ClockId, clock_gettime};
    let now = || {
        let time = clock_gettime(ClockId::Monotonic);
        (time.tv_sec * 1_000_000_000 + time.tv_nsec).unsigned_abs()
    };
    let server = start().await;
    let mut client = connect(&server, "/timestamp").await;
    let sent = now();
    client.send(Message::binary(vec![1; 70_000])).await.unwrap();
    let reply = receive(&mut client).await.into_data();
    let time = |at: usize| u64::from_be_bytes(reply[at..at + 8].try_into().unwrap());
    assert_eq!(reply.len(), 16 + 70_000);
    assert!(sent <= time(0) && time(0) <= time(8) && time(8) <= now());
}

#[tokio::test]
async fn close_sends_its_code_after_the_echoes() {
    let server = start().await;
    let mut client = connect(&server, "/close?code=4001&reason=so%20be%20it&after=1").await;
    client.send(Message::text("a")).await.unwrap();
    assert_eq!(receive(&mut client).await, Message::text("a"));
    assert_eq!(receive(&mut client).await, closed(4001, "so be it"));
    let mut client = connect(&server, "/close?code=0").await;
    assert_eq!(receive(&mut client).await, Message::Close(None));
}

#[tokio::test]
async fn close_1006_ends_tcp_with_fin_or_rst() {
    let server = start().await;
    let end = exchange(server.address, &upgrade("/close?code=1006"))
        .await
        .unwrap();
    assert!(end.ends_with(b"\r\n\r\n"));
    let mut client = connect(&server, "/close?code=1006&reset=1&after=1").await;
    client.send(Message::text("a")).await.unwrap();
    // The RST may arrive before the echo is read.
    let error = loop {
        if let Err(error) = timeout(Duration::from_secs(10), client.next())
            .await
            .unwrap()
            .unwrap()
        {
            break error;
        }
    };
    let reset = matches!(&error, Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionReset)
        || matches!(
            error,
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        );
    assert!(reset);
}

#[tokio::test]
async fn silent_answers_neither_ping_nor_close() {
    let server = start().await;
    let mut client = connect(&server, "/silent").await;
    client.send(Message::Ping("p".into())).await.unwrap();
    client.close(None).await.unwrap();
    assert!(timeout(Duration::from_millis(200), client.next()).await.is_err());
}

#[tokio::test]
async fn deaf_stalls_a_writer_until_its_time_is_over() {
    let server = start().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(&upgrade("/deaf?hold=500")).await.unwrap();
    assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
    let begin = Instant::now();
    // Far more than all buffers hold, so the write ends only with the connection.
    let error = stream.write_all(&vec![0; 64 * 1024 * 1024]).await.unwrap_err();
    assert!(begin.elapsed() > Duration::from_millis(300), "{error}");
}

#[tokio::test]
async fn ping_reports_each_pong_then_echoes() {
    let server = start().await;
    let mut client = connect(&server, "/ping?payload=hi&count=2").await;
    for _ in 0..2 {
        assert_eq!(receive(&mut client).await, Message::Ping("hi".into()));
        assert_eq!(receive(&mut client).await, Message::text("pong:hi"));
    }
    client.send(Message::text("a")).await.unwrap();
    assert_eq!(receive(&mut client).await, Message::text("a"));
}

#[tokio::test]
async fn fragments_sends_the_requested_number_of_frames() {
    let server = start().await;
    let mut client = connect(&server, "/fragments?parts=4").await;
    client.send(Message::text("Grüße")).await.unwrap();
    assert_eq!(receive(&mut client).await, Message::text("Grüße"));
    let request = [
        &upgrade("/fragments?parts=3&size=3&kind=binary"),
        &b"\x81\x80\0\0\0\0\x88\x80\0\0\0\0"[..],
    ];
    let response = exchange(server.address, &request.concat()).await.unwrap();
    assert!(response.ends_with(b"\x02\x01a\x00\x01a\x80\x01a\x88\x00"));
}

#[tokio::test]
async fn headers_reports_the_upgrade_request() {
    let server = start().await;
    let mut client = connect(&server, "/headers?a=b").await;
    let report: Value = serde_json::from_str(receive(&mut client).await.to_text().unwrap()).unwrap();
    assert_eq!(report[":path"], "/headers?a=b");
    assert_eq!(report["sec-websocket-version"], json!(["13"]));
}

#[tokio::test]
async fn status_sends_the_requested_response() {
    let server = start().await;
    let response = get(server.address, "/status/302?location=ws%3A%2F%2Fh%2F&body=moved").await;
    assert!(response.starts_with("HTTP/1.1 302 Found\r\n") && response.ends_with("\r\n\r\nmoved"));
    assert!(response.contains("Location: ws://h/\r\n"));
    assert!(get(server.address, "/status/200?huge=100000").await.len() > 100_000);
}

#[tokio::test]
async fn rejects_unknown_paths_and_invalid_parameters() {
    let server = start().await;
    let rejection = async |target| {
        let response = exchange(server.address, &upgrade(target)).await.unwrap();
        String::from_utf8(response).unwrap()
    };
    assert!(rejection("/nowhere").await.starts_with("HTTP/1.1 404 "));
    assert!(rejection("/source?count=x").await.starts_with("HTTP/1.1 400 "));
    assert!(get(server.address, "/echo").await.starts_with("HTTP/1.1 400 "));
}

#[tokio::test]
async fn hang_never_responds_and_slow_handshake_responds_late() {
    let server = start().await;
    let hang = timeout(Duration::from_millis(200), connect(&server, "/hang")).await;
    assert!(hang.is_err());
    let begin = Instant::now();
    connect(&server, "/slow-handshake?delay=200").await;
    assert!(begin.elapsed() >= Duration::from_millis(200));
}
