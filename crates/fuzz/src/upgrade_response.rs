//! The server's response to the upgrade request.

use crate::rng_seed::split_rng_seed;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use websocket_rs_protocol::limits::{MAX_ERROR_BODY, MAX_RESPONSE_HEAD};
use websocket_rs_protocol::response::{ErrorBody, HandshakeError, Response, ResponseReader, judge};

/// The key of RFC 6455 section 1.3; the seeds hold its accept value.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

type ParsedHead = Option<(Response, Vec<u8>)>;

/// Parses the input whole and in pieces: both give the same result.
pub fn check(data: &[u8]) {
    let (seed, wire) = split_rng_seed(data);
    let mut rng = SmallRng::seed_from_u64(seed);
    let whole = ResponseReader::default().handle_bytes(wire);
    assert_equivalent(&read_in_pieces(wire, &mut rng), &whole);
    let Ok(Some((response, tail))) = whole else {
        return;
    };
    assert!(wire.ends_with(&tail));
    check_bounds(&response, wire.len() - tail.len());
    check_verdict(&response);
    check_body(&response, &tail, &mut rng);
}

/// Input that is not HTTP is rejected with the first piece, so the two errors may show different bytes.
fn assert_equivalent(
    in_pieces: &Result<ParsedHead, HandshakeError>,
    whole: &Result<ParsedHead, HandshakeError>,
) {
    match (in_pieces, whole) {
        (Err(HandshakeError::NotHttp(_)), Err(HandshakeError::NotHttp(shown))) => {
            // The bytes are escaped and truncated, and the text names the protocol they look like.
            assert!(shown.to_string().len() < 400);
        }
        _ => assert_eq!(in_pieces, whole),
    }
}

fn read_in_pieces(wire: &[u8], rng: &mut SmallRng) -> Result<ParsedHead, HandshakeError> {
    let mut reader = ResponseReader::default();
    let mut pieces = pieces(wire, rng).into_iter();
    while let Some(piece) = pieces.next() {
        if let Some((response, mut tail)) = reader.handle_bytes(piece)? {
            tail.extend(pieces.flatten());
            return Ok(Some((response, tail)));
        }
    }
    Ok(None)
}

fn pieces<'a>(mut bytes: &'a [u8], rng: &mut SmallRng) -> Vec<&'a [u8]> {
    let longest = [1, 3, 40, 1024][rng.random_range(0..4)];
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(rng.random_range(1..=longest).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

fn check_bounds(response: &Response, heads: usize) {
    assert!((100..=999).contains(&response.status));
    assert!(3 * response.headers.len() <= MAX_RESPONSE_HEAD);
    // Interim responses come first, each with its own limit.
    let kept: usize = response
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.chars().count())
        .sum();
    assert!(kept <= MAX_RESPONSE_HEAD.min(heads));
}

/// Compares an accepted response with the rules of RFC 6455 section 4.1, written a second time.
fn check_verdict(response: &Response) {
    for offered in [&[][..], &["chat".to_owned(), "superchat".to_owned()]] {
        let Ok(accepted) = judge(response, KEY, offered, None) else {
            continue;
        };
        let joined = |name: &str| response.values(name).collect::<Vec<_>>().join(",");
        assert_eq!(response.status, 101);
        assert_eq!(joined("Upgrade").to_lowercase(), "websocket");
        assert!(joined("Connection").to_lowercase().contains("upgrade"));
        assert_eq!(joined("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(
            joined("Sec-WebSocket-Extensions").replace([',', ' ', '\t'], ""),
            ""
        );
        assert_eq!(accepted.deflate, None);
        assert_eq!(joined("Sec-WebSocket-Protocol"), accepted.protocol);
        assert_eq!(offered.is_empty(), accepted.protocol.is_empty());
    }
}

fn check_body(response: &Response, tail: &[u8], rng: &mut SmallRng) {
    let mut whole = ErrorBody::new(response);
    let ended = whole.handle_bytes(tail);
    let mut parts = ErrorBody::new(response);
    // The empty piece covers a body that is complete with the head. Reading stops at the end of the body.
    let split_ended = parts.handle_bytes(&[])
        || pieces(tail, rng)
            .into_iter()
            .any(|piece| parts.handle_bytes(piece));
    assert_eq!(split_ended, ended);
    let (whole, parts) = (whole.into_bytes(), parts.into_bytes());
    assert_eq!(parts, whole);
    assert!(whole.len() <= MAX_ERROR_BODY);
}
