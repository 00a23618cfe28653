//! permessage-deflate, and messages of any size, tested through a client that sees frames.

// Clippy allows `unwrap` in tests but not in functions shared by tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::time::Duration;

use bytes::{Buf as _, Bytes};
use serde_json::{Value, json};
use support::{exchange, script, start, upgrade};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use websocket_rs_peer::Server;
use zlib_rs::{Deflate, DeflateFlush, Inflate, InflateFlush, crc32::crc32};

/// A masked close frame with 1000.
const CLOSE: &[u8] = b"\x88\x82\0\0\0\0\x03\xe8";
/// The same, as the server sends it.
const CLOSED: &[u8] = b"\x88\x02\x03\xe8";

/// Compresses the messages of a client, with context takeover.
struct Compressor(Deflate);

impl Compressor {
    fn new() -> Self {
        Self(Deflate::new(6, false, 15))
    }

    fn message(&mut self, text: &[u8]) -> Vec<u8> {
        let mut output = vec![0; text.len() + 1024];
        let before = self.0.total_out();
        self.0
            .compress(text, &mut output, DeflateFlush::SyncFlush)
            .unwrap();
        output.truncate(usize::try_from(self.0.total_out() - before).unwrap());
        // An empty message has nothing to flush.
        output.strip_suffix(b"\0\0\xff\xff").unwrap_or(b"\0").to_vec()
    }
}

/// Decompresses the messages of a server, with context takeover.
struct Decompressor(Inflate);

impl Decompressor {
    fn new() -> Self {
        Self(Inflate::new(false, 15))
    }

    fn message(&mut self, payload: &[u8]) -> Vec<u8> {
        let mut output = vec![0; 1 << 22];
        let before = self.0.total_out();
        let input = [payload, b"\0\0\xff\xff"].concat();
        self.0
            .decompress(&input, &mut output, InflateFlush::SyncFlush)
            .unwrap();
        output.truncate(usize::try_from(self.0.total_out() - before).unwrap());
        output
    }
}

/// Returns a frame whose mask is zero.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    if payload.len() < 126 {
        bytes.push(0x80 | u8::try_from(payload.len()).unwrap());
    } else {
        bytes.push(0xff);
        bytes.extend((payload.len() as u64).to_be_bytes());
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

/// Splits the bytes of a server into first byte and payload of each complete frame.
fn frames(mut bytes: Bytes) -> Vec<(u8, Bytes)> {
    std::iter::from_fn(|| take(&mut bytes)).collect()
}

fn take(bytes: &mut Bytes) -> Option<(u8, Bytes)> {
    let first = bytes.try_get_u8().ok()?;
    let length = match bytes.try_get_u8().ok()? {
        126 => bytes.try_get_u16().ok()?.into(),
        127 => bytes.try_get_u64().ok()?,
        length => length.into(),
    };
    let length = usize::try_from(length).unwrap();
    (bytes.len() >= length).then(|| (first, bytes.split_to(length)))
}

/// Returns an upgrade request with an offer.
fn offering(target: &str) -> Vec<u8> {
    let request = upgrade(target);
    let offer = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";
    [&request[..request.len() - 2], offer].concat()
}

/// Sends an upgrade request with an offer, and bytes. Returns the response's head, and the bytes after it.
async fn session(server: &Server, target: &str, bytes: &[u8]) -> (String, Bytes) {
    let bytes = [&offering(target), bytes].concat();
    let response = exchange(server.address, &bytes).await.unwrap();
    let end = response
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap()
        + 4;
    let head = String::from_utf8(response[..end].to_vec()).unwrap();
    (head, Bytes::from(response).slice(end..))
}

/// Sends an upgrade request with an offer, and bytes, and reads until the last frame of a message has this first byte.
async fn until(server: &Server, target: &str, bytes: &[u8], last: u8) -> Vec<(u8, Bytes)> {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(&[&offering(target), bytes].concat())
        .await
        .unwrap();
    let mut response = Vec::new();
    loop {
        let read = stream.read_buf(&mut response);
        assert!(timeout(Duration::from_secs(20), read).await.unwrap().unwrap() > 0);
        let Some(end) = response.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let received = frames(Bytes::copy_from_slice(&response[end + 4..]));
        if received.last().is_some_and(|(first, _)| *first == last) {
            return received;
        }
    }
}

/// Joins the payloads of one message, and returns it with the first byte of its first frame.
fn message(frames: &[(u8, Bytes)]) -> (u8, Vec<u8>) {
    assert!(frames[1..].iter().all(|(first, _)| matches!(first, 0 | 0x80)));
    let joined = frames
        .iter()
        .map(|(_, payload)| &payload[..])
        .collect::<Vec<_>>()
        .concat();
    (frames[0].0, joined)
}

#[tokio::test]
async fn negotiates_only_on_paths_that_ask_for_it() {
    let server = start().await;
    let (head, rest) = session(&server, "/echo", CLOSE).await;
    assert!(!head.contains("Extensions"));
    assert_eq!(rest, CLOSED);
    let (head, rest) = session(&server, "/echo?deflate=1&client_max_window_bits=10", CLOSE).await;
    assert!(head.contains("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=10\r\n"));
    assert_eq!(rest, CLOSED);
}

#[tokio::test]
async fn echoes_compressed_frames_byte_for_byte() {
    let server = start().await;
    let sent = [
        frame(0x41, &[7; 100]),
        frame(0x89, b"ping"),
        frame(0x80, &vec![8; 200_000]),
        frame(0x82, b"plain"),
        CLOSE.to_vec(),
    ];
    let (_, rest) = session(&server, "/echo?deflate=1", &sent.concat()).await;
    let expected: Vec<(u8, Bytes)> = vec![
        (0x41, vec![7; 100].into()),
        (0x8a, "ping".into()),
        (0x80, vec![8; 200_000].into()),
        (0x82, "plain".into()),
        (0x88, vec![3, 0xe8].into()),
    ];
    assert!(frames(rest) == expected);
}

#[tokio::test]
async fn recodes_if_the_client_would_not_understand_its_own_frames() {
    let server = start().await;
    let mut compressor = Compressor::new();
    let texts = [
        "Hello, Hello".repeat(9).into_bytes(),
        vec![],
        "Hello, Hello".repeat(20_000).into_bytes(),
    ];
    let mut sent = vec![];
    for text in &texts {
        let compressed = compressor.message(text);
        let (one, two) = compressed.split_at(compressed.len() / 2);
        sent.extend([frame(0x41, one), frame(0x89, b""), frame(0x80, two)].concat());
    }
    sent.extend(CLOSE);
    for query in [
        "recode=1",
        "server_no_context_takeover=1",
        "server_max_window_bits=9",
    ] {
        let (_, rest) = session(&server, &format!("/echo?deflate=1&{query}"), &sent).await;
        let mut decompressor = Decompressor::new();
        let echoes: Vec<_> = frames(rest)
            .into_iter()
            .filter(|(first, _)| first & 15 <= 2)
            .collect();
        assert_eq!(echoes.len(), texts.len());
        for ((first, payload), text) in echoes.iter().zip(&texts) {
            if query.contains("no_context") {
                decompressor = Decompressor::new();
            }
            assert_eq!(*first, 0xc1);
            assert!(decompressor.message(payload) == *text);
        }
    }
}

#[tokio::test]
async fn closes_with_1007_if_a_message_cannot_be_decompressed() {
    let server = start().await;
    let (_, rest) = session(&server, "/echo?deflate=1&recode=1", &frame(0xc1, &[0xff; 8])).await;
    assert_eq!(rest[..4], [0x88, rest[1], 0x03, 0xef]);
}

#[tokio::test]
async fn closes_with_1002_if_a_frame_breaks_the_protocol() {
    let server = start().await;
    let begun = frame(0x41, &Compressor::new().message(b"Hello"));
    let continued = [begun.clone(), frame(0xc0, b"")].concat();
    for (target, bytes) in [
        ("/echo", frame(0xc1, b"a")),
        ("/digest", frame(0xc1, b"a")),
        ("/digest?deflate=1", frame(0xa1, b"a")),
        ("/digest?deflate=1", continued.clone()),
        ("/echo?deflate=1", continued.clone()),
        ("/echo?deflate=1&recode=1", continued),
        ("/echo?deflate=1", b"\x81\x01a".to_vec()),
        ("/digest", b"\x81\x01a".to_vec()),
    ] {
        let (_, rest) = session(&server, target, &bytes).await;
        let (first, close) = frames(rest).pop().unwrap();
        assert_eq!((first, &close[..2]), (0x88, &[0x03, 0xea][..]), "{target}");
    }
}

#[tokio::test]
async fn large_sends_one_frame_or_fragments_with_pings() {
    let server = start().await;
    let received = until(&server, "/large?bytes=200000", b"", 0x82).await;
    assert_eq!((received.len(), received[0].1.len()), (1, 200_000));
    assert!(
        received[0]
            .1
            .iter()
            .zip((0..=250).cycle())
            .all(|(byte, expected)| *byte == expected)
    );

    let received = until(&server, "/large?bytes=3&fragment=1&kind=text", b"", 0x80).await;
    assert_eq!(message(&received), (0x01, b"...".to_vec()));

    let target = "/large?bytes=1000&fragment=300&kind=text&ping=1";
    let received = until(&server, target, &frame(0x81, b"early"), 0x81).await;
    let firsts: Vec<_> = received.iter().map(|(first, _)| *first).collect();
    assert_eq!(firsts, [0x01, 0x89, 0x00, 0x89, 0x00, 0x89, 0x80, 0x81]);
    let text: Vec<u8> = received
        .iter()
        .filter(|(first, _)| first & 0x7f <= 1)
        .take(4)
        .flat_map(|(_, payload)| payload.to_vec())
        .collect();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.len(), 1000);
    assert!(text.starts_with("Grüße, 1 €, 😀; Grüße"));
}

#[tokio::test]
async fn large_compresses_a_message_of_one_frame_piece_by_piece() {
    let server = start().await;
    let target = "/large?bytes=3000000&kind=text&deflate=1&level=0";
    let received = until(&server, target, b"", 0x80).await;
    assert!(received.len() > 10);
    let (first, compressed) = message(&received);
    assert_eq!(first, 0x41);
    assert_eq!(Decompressor::new().message(&compressed).len(), 3_000_000);
}

#[tokio::test]
async fn digest_reports_a_message_that_it_does_not_keep() {
    let server = start().await;
    let payload = vec![9; 400_000];
    let report = |rest: Bytes| serde_json::from_slice::<Value>(&frames(rest)[0].1).unwrap();
    let expected = |fragments: u64| json!({ "kind": "binary", "bytes": 400_000, "fragments": fragments, "crc32": crc32(0, &payload) });

    let sent = [
        frame(0x02, &payload[..1000]),
        frame(0x00, &payload[1000..]),
        frame(0x80, b""),
        CLOSE.to_vec(),
    ];
    let (_, rest) = session(&server, "/digest", &sent.concat()).await;
    assert_eq!(report(rest), expected(3));

    let compressed = [frame(0xc2, &Compressor::new().message(&payload)), CLOSE.to_vec()].concat();
    let (_, rest) = session(&server, "/digest?deflate=1&threshold=1000", &compressed).await;
    assert_eq!(report(rest), expected(1));
}

#[tokio::test]
async fn a_script_sends_compressed_frames() {
    let server = start().await;
    let steps = r#"[{"accept":true},{"frame":{"opcode":1,"text":"Hello","deflate":true}},{"close":true}]"#;
    let response = exchange(server.raw_address, &upgrade(&script(steps, "compressed")))
        .await
        .unwrap();
    assert!(response.ends_with(&[0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]));
}
