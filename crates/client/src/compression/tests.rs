//! Compressing, and decompressing with a window of the agreed size.

#![allow(clippy::unwrap_used)] // A test may panic.
use super::pool;
use super::{Compression, Compressor, DeflateSettings, Place};
use websocket_rs_protocol::extensions::deflate::DeflateParameters;
use zlib_rs::{Inflate, InflateFlush};

const WHOLE: Place = Place {
    first: true,
    last: true,
};

fn compression(window: u8, takeover: bool, level: u8) -> Compression {
    Compression {
        parameters: DeflateParameters {
            server_no_context_takeover: false,
            client_no_context_takeover: !takeover,
            server_max_window_bits: 15,
            client_max_window_bits: window,
        },
        settings: DeflateSettings {
            level,
            mem_level: 8,
            threshold: 0,
        },
    }
}

fn compressor(window: u8, takeover: bool) -> Compressor {
    Compressor::new(&compression(window, takeover, 6))
}

fn compress(compressor: &mut Compressor, payload: &[u8], place: Place) -> Vec<u8> {
    let mut out = Vec::new();
    let mut lent = compressor.lend();
    lent.compress(payload, place, &mut out).unwrap();
    compressor.give_back(lent);
    out
}

/// Decompresses a message as a peer does (RFC 7692 section 7.2.2), in small pieces. zlib-rs does not refuse references
/// beyond its window, which Node's zlib does in `__test__/wire/compressed-sends.test.ts`.
fn inflate(inflate: &mut Inflate, payload: &[u8], length: usize) -> Vec<u8> {
    let input = [payload, &[0, 0, 0xff, 0xff]].concat();
    let mut input = input.as_slice();
    let mut out = Vec::new();
    let mut piece = [0; 64];
    loop {
        let (taken, made) = (inflate.total_in(), inflate.total_out());
        inflate
            .decompress(input, &mut piece, InflateFlush::SyncFlush)
            .unwrap();
        let made = usize::try_from(inflate.total_out() - made).unwrap();
        input = input
            .get(usize::try_from(inflate.total_in() - taken).unwrap()..)
            .unwrap();
        out.extend(piece.iter().take(made));
        if input.is_empty() && made < piece.len() {
            assert_eq!(out.len(), length);
            return out;
        }
    }
}

/// Text that repeats within and across messages, at distances of all sizes.
fn text(seed: usize, length: usize) -> Vec<u8> {
    let mut state = u32::try_from(seed).unwrap() | 1;
    let mut out = Vec::new();
    while out.len() < length {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12345);
        out.extend_from_slice(format!("{{\"price\":{},\"side\":\"buy\"}},", (state >> 16) % 300).as_bytes());
    }
    out.truncate(length);
    out
}

#[test]
fn a_peer_with_the_agreed_window_decompresses_every_message() {
    for window in 8..=15 {
        for level in [0, 1, 6, 9] {
            for takeover in [false, true] {
                let mut compressor = Compressor::new(&compression(window, takeover, level));
                let mut peer = Inflate::new(false, window);
                for (seed, length) in [0, 1, 100, 300, 70_000, 0, 5000, 3, 40_000]
                    .into_iter()
                    .enumerate()
                {
                    let message = text(seed % 3, length);
                    let payload = compress(&mut compressor, &message, WHOLE);
                    if !takeover {
                        peer.reset(false);
                    }
                    let found = inflate(&mut peer, &payload, length);
                    assert!(found == message, "window {window}, level {level}, {length} bytes");
                }
            }
        }
    }
}

#[test]
fn a_message_refers_back_only_with_context_takeover() {
    let message = text(1, 500);
    for takeover in [true, false] {
        let mut compressor = compressor(15, takeover);
        let first = compress(&mut compressor, &message, WHOLE);
        let second = compress(&mut compressor, &message, WHOLE);
        assert_eq!(second == first, !takeover);
        assert_eq!(second.len() < first.len() / 2, takeover);
    }
}

#[test]
fn the_fragments_of_a_message_are_one_stream() {
    let message = text(1, 9000);
    let mut compressor = compressor(15, false);
    let cuts = [0..3000, 3000..3000, 3000..6000, 6000..9000, 9000..9000];
    let mut stream = Vec::new();
    for (at, cut) in cuts.iter().enumerate() {
        let place = Place {
            first: at == 0,
            last: at == 4,
        };
        stream.extend(compress(&mut compressor, &message[cut.clone()], place));
    }
    assert_eq!(inflate(&mut Inflate::new(false, 15), &stream, 9000), message);
    // The next message begins with an empty window, even after such a message.
    let next = compress(&mut compressor, &message, WHOLE);
    assert_eq!(inflate(&mut Inflate::new(false, 15), &next, 9000), message);
}

#[test]
fn a_fragment_refers_back_within_its_message() {
    let part = text(1, 500);
    let mut compressor = compressor(15, false);
    let first = Place {
        first: true,
        last: false,
    };
    let second = Place {
        first: false,
        last: true,
    };
    let length = compress(&mut compressor, &part, first).len();
    assert!(compress(&mut compressor, &part, second).len() < length / 2);
}

#[test]
fn connections_without_takeover_share_one_compressor() {
    let mut connections: Vec<_> = (0..5).map(|_| compressor(15, false)).collect();
    for compressor in &mut connections {
        compress(compressor, b"message", WHOLE);
    }
    assert_eq!(pool::alive(), 1);
}

#[test]
fn an_empty_message_has_one_byte() {
    let mut compressor = compressor(15, true);
    compress(&mut compressor, b"x", WHOLE);
    assert_eq!(compress(&mut compressor, b"", WHOLE), [0]);
    assert_eq!(compress(&mut compressor, b"", WHOLE), [0]);
}

#[test]
fn connections_share_a_bounded_number_of_compressors() {
    let mut connections: Vec<_> = (0..200)
        .map(|_| (compressor(15, true), Inflate::new(false, 15)))
        .collect();
    for round in 0..3 {
        for (at, (compressor, peer)) in connections.iter_mut().enumerate() {
            let message = text(at + round, 600);
            let payload = compress(compressor, &message, WHOLE);
            assert_eq!(inflate(peer, &payload, 600), message);
            assert!(pool::alive() <= pool::MAX_ALIVE);
        }
    }
    assert_eq!(pool::alive(), pool::MAX_ALIVE);
    drop(connections);
    assert_eq!(pool::alive(), 1, "one is kept for the next connection");
}

#[test]
fn the_connections_that_send_most_keep_their_windows() {
    let message = text(1, 500);
    let mut busy = compressor(15, true);
    let first = compress(&mut busy, &message, WHOLE).len();
    let mut others: Vec<_> = (0..40).map(|_| compressor(15, true)).collect();
    for other in &mut others {
        compress(other, &message, WHOLE);
        assert!(compress(&mut busy, &message, WHOLE).len() < first / 2);
    }
}

#[test]
fn compressors_of_other_settings_make_room() {
    let mut levels: Vec<_> = (0..=9)
        .flat_map(|level| [(9, level), (15, level)])
        .map(|(window, level)| Compressor::new(&compression(window, true, level)))
        .collect();
    for compressor in &mut levels {
        compress(compressor, b"message", WHOLE);
    }
    assert_eq!(pool::alive(), pool::MAX_ALIVE);
}

#[test]
fn compressors_on_other_threads_count() {
    let mut connections: Vec<_> = (0..40).map(|_| compressor(15, true)).collect();
    let lent: Vec<_> = connections
        .iter_mut()
        .map(|compressor| {
            let mut lent = compressor.lend();
            lent.compress(b"message", WHOLE, &mut Vec::new()).unwrap();
            lent.release();
            lent
        })
        .collect();
    assert!(pool::alive() <= pool::MAX_ALIVE);
    for (compressor, lent) in connections.iter_mut().zip(lent) {
        compressor.give_back(lent);
    }
    assert!(pool::alive() <= pool::MAX_ALIVE);
}
