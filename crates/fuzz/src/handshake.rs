//! The server's answer to the upgrade.

use crate::split_seed;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use websocket_rs_protocol::limits::{MAX_ERROR_BODY, MAX_RESPONSE_HEAD};
use websocket_rs_protocol::response::{ErrorBody, HandshakeError, Response, ResponseReader, judge};

/// The key of RFC 6455 section 1.3, for which the seeds have the answer.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

type Head = Option<(Response, Vec<u8>)>;

/// Reads the input at once and in pieces: both have to come to the same.
pub fn check(data: &[u8]) {
    let (seed, wire) = split_seed(data);
    let mut rng = SmallRng::seed_from_u64(seed);
    let whole = ResponseReader::default().handle_bytes(wire);
    assert_alike(&read_in_pieces(wire, &mut rng), &whole);
    let Ok(Some((response, tail))) = whole else {
        return;
    };
    assert!(wire.ends_with(&tail));
    check_bounds(&response, wire.len() - tail.len());
    check_verdict(&response);
    check_body(&response, &tail, &mut rng);
}

/// What is not HTTP is refused at once, so that the error shows only what had come by then.
fn assert_alike(in_pieces: &Result<Head, HandshakeError>, whole: &Result<Head, HandshakeError>) {
    match (in_pieces, whole) {
        (Err(HandshakeError::NotHttp(_)), Err(HandshakeError::NotHttp(shown))) => {
            // Escaped, cut, and with a word about what it looks like.
            assert!(shown.to_string().len() < 400);
        }
        _ => assert_eq!(in_pieces, whole),
    }
}

fn read_in_pieces(wire: &[u8], rng: &mut SmallRng) -> Result<Head, HandshakeError> {
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
    // Interim answers come before it, each with its own bound.
    let kept: usize = response
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.chars().count())
        .sum();
    assert!(kept <= MAX_RESPONSE_HEAD.min(heads));
}

/// What is accepted has to be so by RFC 6455 section 4.1, read with other eyes.
fn check_verdict(response: &Response) {
    for offered in [&[][..], &["chat".to_owned(), "superchat".to_owned()]] {
        let Ok(accepted) = judge(response, KEY, offered) else {
            continue;
        };
        let joined = |name: &str| response.values(name).collect::<Vec<_>>().join(",");
        assert_eq!(response.status, 101);
        assert_eq!(joined("Upgrade").to_lowercase(), "websocket");
        assert!(joined("Connection").to_lowercase().contains("upgrade"));
        assert_eq!(joined("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(joined("Sec-WebSocket-Extensions").replace(',', ""), "");
        assert_eq!(joined("Sec-WebSocket-Protocol"), accepted.protocol);
        assert_eq!(offered.is_empty(), accepted.protocol.is_empty());
    }
}

fn check_body(response: &Response, tail: &[u8], rng: &mut SmallRng) {
    let mut whole = ErrorBody::new(response);
    let ended = whole.handle_bytes(tail);
    let mut parts = ErrorBody::new(response);
    // Once it is over nobody asks further; an empty piece asks about what came with the head.
    let over = parts.handle_bytes(&[])
        || pieces(tail, rng)
            .into_iter()
            .any(|piece| parts.handle_bytes(piece));
    assert_eq!(over, ended);
    let (whole, parts) = (whole.into_bytes(), parts.into_bytes());
    assert_eq!(parts, whole);
    assert!(whole.len() <= MAX_ERROR_BODY);
}
