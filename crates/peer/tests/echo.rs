//! The echo mode, tested through a client.

// Clippy allows `unwrap` in tests but not in functions shared by tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use support::{closed, connect, connect_tls, exchange, receive, start, upgrade};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

#[tokio::test]
async fn returns_text_and_binary_messages_in_order() {
    let server = start().await;
    let mut client = connect(&server, "/echo").await;
    let messages = [
        Message::text("é"),
        Message::binary(vec![7; 300_000]),
        Message::text(""),
        Message::binary(vec![]),
    ];
    for message in &messages {
        client.feed(message.clone()).await.unwrap();
    }
    client.flush().await.unwrap();
    for message in messages {
        assert_eq!(receive(&mut client).await, message);
    }
    client.send(Message::Ping("p".into())).await.unwrap();
    assert_eq!(receive(&mut client).await, Message::Pong("p".into()));
    client
        .close(Some(CloseFrame {
            code: CloseCode::Away,
            reason: "bye".into(),
        }))
        .await
        .unwrap();
    assert_eq!(receive(&mut client).await, closed(1001, "bye"));
    assert!(client.next().await.is_none());
}

#[tokio::test]
async fn works_over_tls_with_large_messages() {
    let server = start().await;
    let mut client = connect_tls(&server, "/").await;
    let large = Message::binary(vec![1; 8 * 1024 * 1024]);
    client.send(large.clone()).await.unwrap();
    assert!(client.next().await.unwrap().unwrap() == large);
    client.close(None).await.unwrap();
    while let Some(message) = client.next().await {
        assert!(message.unwrap().is_close());
    }
}

/// Sends small messages and then one that is too large for the fast path, so tungstenite echoes the rest.
#[tokio::test]
async fn keeps_the_order_when_tungstenite_takes_over() {
    let server = start().await;
    let (mut sink, mut stream) = connect(&server, "/echo").await.split();
    let message = |number: usize| {
        let size = if number == 1500 { 10_000 } else { number * 7 % 1000 };
        Message::binary(number.to_string().repeat(size))
    };
    let sending = tokio::spawn(async move {
        for number in 0..3000 {
            sink.feed(message(number)).await.unwrap();
        }
        sink.flush().await.unwrap();
    });
    for number in 0..3000 {
        let echo = timeout(Duration::from_secs(20), stream.next()).await.unwrap();
        assert_eq!(echo.unwrap().unwrap(), message(number), "message {number}");
    }
    sending.await.unwrap();
}

#[tokio::test]
async fn stops_reading_while_the_client_does_not_read() {
    let server = start().await;
    let (mut sink, mut stream) = connect(&server, "/echo").await.split();
    let sending = tokio::spawn(async move {
        // Far more than the socket buffers hold.
        for number in 0..16_000_u32 {
            let mut payload = vec![0; 4000];
            payload[..4].copy_from_slice(&number.to_be_bytes());
            sink.send(Message::binary(payload)).await.unwrap();
        }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(
        !sending.is_finished(),
        "the server reads although its echoes are not read"
    );
    for number in 0..16_000_u32 {
        let echo = timeout(Duration::from_secs(20), stream.next()).await.unwrap();
        assert_eq!(echo.unwrap().unwrap().into_data()[..4], number.to_be_bytes());
    }
    sending.await.unwrap();
}

/// The connections share one echo buffer.
#[tokio::test]
async fn unread_echoes_never_reach_another_connection() {
    let server = start().await;
    for _ in 0..20 {
        let mut unread = connect(&server, "/echo").await;
        for _ in 0..200 {
            unread.feed(Message::binary(vec![7; 4096])).await.unwrap();
        }
        unread.flush().await.unwrap();
        // The client has unread echoes, so this resets the connection while the server writes.
        drop(unread);
        let mut next = connect(&server, "/echo").await;
        next.send(Message::text("mine")).await.unwrap();
        assert_eq!(receive(&mut next).await, Message::text("mine"));
    }
}

#[tokio::test]
async fn fails_the_connection_of_a_client_that_breaks_the_protocol() {
    let server = start().await;
    for (bytes, code) in [(&b"\x81\x01a"[..], 1002_u16), (b"\x81\x81\0\0\0\0\xff", 1007)] {
        let response = exchange(server.address, &[&upgrade("/echo"), bytes].concat())
            .await
            .unwrap();
        let head = response
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap()
            + 4;
        assert_eq!(
            (response[head], &response[head + 2..head + 4]),
            (0x88, &code.to_be_bytes()[..])
        );
    }
}
