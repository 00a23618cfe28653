//! Decompresses the messages of one connection (RFC 7692 section 7.2.2).
//!
//! Decompressors are large, so the connections of a thread share them. A connection has one only while it is within a
//! message. Between messages it keeps the history, if the peer's compressor keeps its window.

use super::history::History;
use std::cell::RefCell;
use websocket_rs_protocol::extensions::deflate::{DeflateParameters, MAX_WINDOW_BITS};
use zlib_rs::{Inflate, InflateFlush, Status};

/// Most bytes that one call decompresses.
const PIECE: usize = 64 * 1024;

/// Decompressors that a thread keeps for the next messages. Connections that are within a message have others.
const MAX_SPARE: usize = 4;

/// What the peer has removed from the end of a message, followed by an empty last block. The decompressor reports the end
/// of that block only if the message ended at the end of a block.
const TAIL: [u8; 9] = [0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff];

thread_local! {
    static SHARED: RefCell<Shared> = const { RefCell::new(Shared { spare: Vec::new(), output: Vec::new() }) };
}

/// What the connections of a thread share.
struct Shared {
    spare: Vec<Decompressor>,
    /// The output of one call, of [`PIECE`] bytes once it has been used.
    output: Vec<u8>,
}

/// A decompressor with its output within a message, which it needs after a last block if the connection has no history.
struct Decompressor {
    inflate: Inflate,
    window: History,
}

/// A message is not valid deflate data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InvalidData;

/// What one call has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Inflated {
    /// Bytes of the input that were taken.
    pub(crate) consumed: usize,
    /// There may be more output without more input.
    pub(crate) has_more: bool,
}

/// Decompresses the messages of one connection.
pub(crate) struct Inflater {
    /// `None` if each message begins with an empty window.
    history: Option<History>,
    /// `None` between messages.
    decompressor: Option<Decompressor>,
    /// Nothing has been taken since the beginning of the message, or since the end of a last block (BFINAL).
    is_fresh: bool,
    /// Bytes of the tail that were taken.
    tail: usize,
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflater")
            .field("is_within_message", &self.decompressor.is_some())
            .finish_non_exhaustive()
    }
}

impl Inflater {
    pub(crate) fn new(parameters: DeflateParameters) -> Self {
        let window = 1 << parameters.server_max_window_bits;
        Self {
            history: (!parameters.server_no_context_takeover).then(|| History::new(window)),
            decompressor: None,
            is_fresh: true,
            tail: 0,
        }
    }

    /// Decompresses a part of a message. Appends at most `most` bytes, and at most [`PIECE`], to `output`.
    pub(crate) fn inflate(
        &mut self,
        input: &[u8],
        most: usize,
        output: &mut Vec<u8>,
    ) -> Result<Inflated, InvalidData> {
        self.run(input, most, output)
    }

    /// Ends a message, of which all has been decompressed. Appends what is left to `output`, as
    /// [`Inflater::inflate`] does; call it again while there may be more.
    pub(crate) fn finish(&mut self, most: usize, output: &mut Vec<u8>) -> Result<Inflated, InvalidData> {
        if !(self.is_fresh && self.tail == 0) {
            let inflated = self.run(TAIL.get(self.tail..).unwrap_or_default(), most, output)?;
            self.tail += inflated.consumed;
            if inflated.has_more {
                return Ok(inflated);
            }
            if !self.is_fresh {
                return Err(InvalidData);
            }
        }
        self.release();
        Ok(Inflated {
            consumed: 0,
            has_more: false,
        })
    }

    /// Decompresses until the input is used up or the output is full.
    fn run(&mut self, input: &[u8], most: usize, output: &mut Vec<u8>) -> Result<Inflated, InvalidData> {
        SHARED.with_borrow_mut(|shared| {
            shared.output.resize(PIECE, 0);
            let mut decompressor = match self.decompressor.take() {
                Some(decompressor) => decompressor,
                None => shared.take(self.history.as_ref())?,
            };
            let piece = shared.output.get_mut(..most.min(PIECE)).unwrap_or_default();
            let ran = self.run_on(&mut decompressor, input, piece, output);
            self.decompressor = Some(decompressor);
            ran
        })
    }

    fn run_on(
        &mut self,
        decompressor: &mut Decompressor,
        input: &[u8],
        mut piece: &mut [u8],
        output: &mut Vec<u8>,
    ) -> Result<Inflated, InvalidData> {
        let mut rest = input;
        loop {
            let inflate = &mut decompressor.inflate;
            let (total_in, total_out) = (inflate.total_in(), inflate.total_out());
            let status = inflate
                .decompress(rest, piece, InflateFlush::NoFlush)
                .map_err(|_| InvalidData)?;
            let consumed = counted(inflate.total_in() - total_in);
            let (made, free) = piece
                .split_at_mut_checked(counted(inflate.total_out() - total_out))
                .ok_or(InvalidData)?;
            output.extend_from_slice(made);
            let history = self.history.as_mut().unwrap_or(&mut decompressor.window);
            history.push(made);
            rest = rest.get(consumed..).unwrap_or_default();
            self.is_fresh &= consumed == 0;
            let has_ended = status == Status::StreamEnd;
            if has_ended {
                decompressor.restart(self.history.as_ref())?;
                self.is_fresh = true;
            }
            let is_full = free.is_empty();
            if is_full || rest.is_empty() || (consumed == 0 && !has_ended) {
                return Ok(Inflated {
                    consumed: input.len() - rest.len(),
                    has_more: is_full,
                });
            }
            piece = free;
        }
    }

    /// Returns the decompressor to the thread.
    fn release(&mut self) {
        self.is_fresh = true;
        self.tail = 0;
        if let Some(decompressor) = self.decompressor.take() {
            SHARED.with_borrow_mut(|shared| {
                if shared.spare.len() < MAX_SPARE {
                    shared.spare.push(decompressor);
                }
            });
        }
    }
}

impl Shared {
    /// Returns a decompressor for a message after `history`.
    fn take(&mut self, history: Option<&History>) -> Result<Decompressor, InvalidData> {
        let mut decompressor = self.spare.pop().unwrap_or_else(|| Decompressor {
            inflate: Inflate::new(false, MAX_WINDOW_BITS),
            window: History::new(1 << MAX_WINDOW_BITS),
        });
        decompressor.window.clear();
        decompressor.restart(history)?;
        Ok(decompressor)
    }
}

impl Decompressor {
    /// Begins new deflate data, which may refer to the history, or to what the message had before.
    fn restart(&mut self, history: Option<&History>) -> Result<(), InvalidData> {
        self.inflate.reset(false);
        for part in history.unwrap_or(&self.window).parts() {
            if !part.is_empty() {
                self.inflate.set_dictionary(part).map_err(|_| InvalidData)?;
            }
        }
        Ok(())
    }
}

/// Converts a count of bytes of one call, which fits.
fn counted(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test may panic.
    use super::*;
    use zlib_rs::{Deflate, DeflateConfig, DeflateFlush};

    const TAKEOVER: DeflateParameters = DeflateParameters {
        server_no_context_takeover: false,
        client_no_context_takeover: false,
        server_max_window_bits: 15,
        client_max_window_bits: 15,
    };

    fn compressor(window_bits: i32) -> Deflate {
        Deflate::new_with_config(DeflateConfig {
            window_bits: -window_bits,
            ..DeflateConfig::default()
        })
    }

    /// Compresses a message as a peer does.
    fn compress(deflate: &mut Deflate, message: &[u8], flush: DeflateFlush) -> Vec<u8> {
        let mut output = vec![0; message.len() + 1000];
        let before = deflate.total_out();
        deflate.compress(message, &mut output, flush).unwrap();
        output.truncate(counted(deflate.total_out() - before));
        output
    }

    fn message_of(deflate: &mut Deflate, message: &[u8]) -> Vec<u8> {
        let mut payload = compress(deflate, message, DeflateFlush::SyncFlush);
        assert!(payload.ends_with(&[0, 0, 0xff, 0xff]));
        payload.truncate(payload.len() - 4);
        payload
    }

    /// Decompresses a message whose payload comes in parts, with little room for each call.
    fn receive(
        inflater: &mut Inflater,
        payload: &[u8],
        part: usize,
        room: usize,
    ) -> Result<Vec<u8>, InvalidData> {
        let mut message = Vec::new();
        for mut input in payload.chunks(part.max(1)) {
            loop {
                let before = message.len();
                let Inflated { consumed, has_more } = inflater.inflate(input, room, &mut message)?;
                assert!(message.len() - before <= room);
                input = input.get(consumed..).unwrap();
                if input.is_empty() && !has_more {
                    break;
                }
            }
        }
        while inflater.finish(room, &mut message)?.has_more {}
        Ok(message)
    }

    fn text(seed: usize, length: usize) -> Vec<u8> {
        (0..length)
            .flat_map(|index| format!("{},", (index * seed) % 977).into_bytes())
            .take(length)
            .collect()
    }

    #[test]
    fn keeps_the_context_while_others_use_the_decompressor() {
        let mut connections: Vec<_> = (0..3)
            .map(|_| (compressor(15), Inflater::new(TAKEOVER)))
            .collect();
        for round in 1..40 {
            for (index, (deflate, inflater)) in connections.iter_mut().enumerate() {
                let message = text(round % 7 + index, 100 * round * round % 90_000 + 1);
                let payload = message_of(deflate, &message);
                let received = receive(inflater, &payload, 1 + round * 50, 1 + round * 977).unwrap();
                assert!(received == message, "round {round}, connection {index}");
            }
        }
    }

    #[test]
    fn refers_to_the_message_before_only_if_the_context_is_kept() {
        let parameters = DeflateParameters {
            server_no_context_takeover: true,
            ..TAKEOVER
        };
        let mut deflate = compressor(15);
        let message = text(3, 500);
        let [first, second] = [(); 2].map(|()| message_of(&mut deflate, &message));
        assert!(second.len() < first.len() / 2);
        let mut inflater = Inflater::new(parameters);
        assert_eq!(receive(&mut inflater, &first, 10, 10), Ok(message));
        assert_eq!(receive(&mut inflater, &second, 10, 10), Err(InvalidData));
    }

    #[test]
    fn accepts_no_reference_beyond_the_window_of_the_peer() {
        let parameters = DeflateParameters {
            server_max_window_bits: 9,
            ..TAKEOVER
        };
        let (near, far) = (text(5, 512), text(5, 2000));
        for (message, expected) in [(near, true), (far, false)] {
            let mut deflate = compressor(15);
            let first = message_of(&mut deflate, &message);
            let again = message.get(..100).unwrap();
            let second = message_of(&mut deflate, again);
            let mut inflater = Inflater::new(parameters);
            assert!(receive(&mut inflater, &first, 99, 99).is_ok());
            assert_eq!(receive(&mut inflater, &second, 99, 99).is_ok(), expected);
        }
    }

    #[test]
    fn continues_after_a_last_block() {
        for server_no_context_takeover in [false, true] {
            let parameters = DeflateParameters {
                server_no_context_takeover,
                ..TAKEOVER
            };
            let mut inflater = Inflater::new(parameters);
            for (part, room) in [(1, 1), (3, 700), (1000, PIECE)] {
                // RFC 7692 section 7.2.3.4, and the same followed by another block that refers to it.
                let hello = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
                assert_eq!(receive(&mut inflater, &hello, part, room).unwrap(), b"Hello");
                let mut payload = compress(&mut compressor(15), b"Hello, hello", DeflateFlush::Finish);
                let mut second = compressor(15);
                second.set_dictionary(b"Hello, hello").unwrap();
                payload.extend(message_of(&mut second, b"Hello, hello"));
                let message = receive(&mut inflater, &payload, part, room).unwrap();
                assert_eq!(message, b"Hello, helloHello, hello");
                // A peer that ends its data may leave out the empty block.
                let finished = compress(&mut compressor(15), b"bye", DeflateFlush::Finish);
                assert_eq!(receive(&mut inflater, &finished, part, room).unwrap(), b"bye");
            }
        }
    }

    #[test]
    fn accepts_the_examples_of_rfc_7692() {
        // Sections 7.2.3.2, 7.2.3.3, 7.2.3.5 and 7.2.3.6; then a payload without bytes.
        let mut inflater = Inflater::new(TAKEOVER);
        let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        let shared = [0xf2, 0x00, 0x11, 0x00, 0x00];
        let stored = [0, 5, 0, 0xfa, 0xff, b'H', b'e', b'l', b'l', b'o', 0];
        let blocks = [0xf2, 0x48, 0x05, 0, 0, 0, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0];
        for payload in [&hello[..], &shared, &stored, &blocks] {
            assert_eq!(receive(&mut inflater, payload, 2, 3).unwrap(), b"Hello");
        }
        assert_eq!(receive(&mut inflater, &[0], 1, 1).unwrap(), b"");
        assert_eq!(receive(&mut inflater, &[], 1, 1).unwrap(), b"");
        assert_eq!(receive(&mut inflater, &shared, 1, 1).unwrap(), b"Hello");
    }

    #[test]
    fn rejects_what_is_not_deflate_data_or_ends_within_a_block() {
        let message = text(7, 3000);
        let payload = message_of(&mut compressor(15), &message);
        for cut in 1..payload.len() {
            let mut inflater = Inflater::new(TAKEOVER);
            let part = payload.get(..cut).unwrap();
            assert_eq!(
                receive(&mut inflater, part, 64, 64),
                Err(InvalidData),
                "{cut} bytes"
            );
        }
        for invalid in [&[7][..], &[0xff; 20], &[0, 1, 0, 0, 0], &[0x33, 0x44]] {
            let mut inflater = Inflater::new(TAKEOVER);
            assert_eq!(
                receive(&mut inflater, invalid, 1, 1),
                Err(InvalidData),
                "{invalid:x?}"
            );
        }
    }

    #[test]
    fn keeps_at_most_a_window_between_messages() {
        let mut inflater = Inflater::new(TAKEOVER);
        let mut deflate = compressor(15);
        for length in [10_000, 20_000, 100_000] {
            let payload = message_of(&mut deflate, &text(9, length));
            receive(&mut inflater, &payload, 1000, 1000).unwrap();
        }
        assert!(inflater.decompressor.is_none());
        assert!(inflater.history.as_ref().unwrap().capacity() <= 1 << MAX_WINDOW_BITS);
    }
}
