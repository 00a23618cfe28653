//! Compression and decompression of messages (RFC 7692 section 7.2).

use zlib_rs::{
    Deflate, DeflateConfig, DeflateError, DeflateFlush, Inflate, InflateError, InflateFlush, Status,
};

/// The end of a sync flush, which is not sent (section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
/// By how much a buffer grows for the next output.
const OUTPUT: usize = 16 * 1024;
/// zlib cannot compress with a window of 8 bits, and its window of 9 refers back less than 256 bytes.
const SMALLEST_WINDOW: u8 = 9;

/// Compresses the messages of one connection.
pub(super) struct Compressor {
    deflate: Deflate,
    no_context_takeover: bool,
}

impl Compressor {
    pub(super) fn new(window_bits: u8, no_context_takeover: bool, level: u8, mem_level: u8) -> Self {
        let config = DeflateConfig {
            // Negative: without the header of zlib.
            window_bits: -i32::from(window_bits.max(SMALLEST_WINDOW)),
            mem_level: mem_level.into(),
            ..DeflateConfig::new(level.into())
        };
        Self {
            deflate: Deflate::new_with_config(config),
            no_context_takeover,
        }
    }

    /// Compresses a part of a message. Some output may come later.
    pub(super) fn push(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<(), DeflateError> {
        self.run(input, output, DeflateFlush::NoFlush)
    }

    /// Completes a fragment, so that the client can decompress all of it.
    pub(super) fn flush(&mut self, output: &mut Vec<u8>) -> Result<(), DeflateError> {
        self.run(&[], output, DeflateFlush::SyncFlush)
    }

    /// Completes the message. `output` begins where its last frame begins.
    pub(super) fn finish(&mut self, output: &mut Vec<u8>) -> Result<(), DeflateError> {
        self.flush(output)?;
        if output.ends_with(&TAIL) {
            output.truncate(output.len() - TAIL.len());
        } else {
            // Nothing was left to flush: a block without its tail (section 7.2.3.6).
            output.push(0);
        }
        if self.no_context_takeover {
            self.deflate.reset();
        }
        Ok(())
    }

    fn run(
        &mut self,
        mut input: &[u8],
        output: &mut Vec<u8>,
        flush: DeflateFlush,
    ) -> Result<(), DeflateError> {
        loop {
            let (start, read, written) = (output.len(), self.deflate.total_in(), self.deflate.total_out());
            output.resize(start + OUTPUT, 0);
            let status = self
                .deflate
                .compress(input, output.get_mut(start..).unwrap_or_default(), flush)?;
            let written = size(self.deflate.total_out() - written);
            output.truncate(start + written);
            input = input
                .get(size(self.deflate.total_in() - read)..)
                .unwrap_or_default();
            if (input.is_empty() && written < OUTPUT) || matches!(status, Status::BufError) {
                return Ok(());
            }
        }
    }
}

/// Decompresses the messages of one connection.
pub(super) struct Decompressor {
    inflate: Inflate,
    no_context_takeover: bool,
}

impl Decompressor {
    pub(super) fn new(no_context_takeover: bool) -> Self {
        Self {
            inflate: Inflate::new(false, 15),
            no_context_takeover,
        }
    }

    /// Decompresses a part of a message.
    ///
    /// # Errors
    /// If the data is invalid. A final block, which no client under test sends, counts as invalid.
    pub(super) fn push(&mut self, mut input: &[u8], output: &mut Vec<u8>) -> Result<(), InflateError> {
        loop {
            let (start, read, written) = (output.len(), self.inflate.total_in(), self.inflate.total_out());
            output.resize(start + OUTPUT, 0);
            let room = output.get_mut(start..).unwrap_or_default();
            let status = self.inflate.decompress(input, room, InflateFlush::SyncFlush);
            let written = size(self.inflate.total_out() - written);
            output.truncate(start + written);
            input = input
                .get(size(self.inflate.total_in() - read)..)
                .unwrap_or_default();
            match status? {
                Status::StreamEnd => return Err(InflateError::DataError),
                Status::BufError => return Ok(()),
                Status::Ok if input.is_empty() && written < OUTPUT => return Ok(()),
                Status::Ok => {}
            }
        }
    }

    /// Completes the message.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub(super) fn finish(&mut self, output: &mut Vec<u8>) -> Result<(), InflateError> {
        self.push(&TAIL, output)?;
        if self.no_context_takeover {
            self.inflate.reset(false);
        }
        Ok(())
    }
}

/// Returns the payload compressed as a message of its own.
///
/// # Errors
/// Never for memory that can be allocated.
pub(crate) fn compressed(payload: &[u8]) -> Result<Vec<u8>, String> {
    let mut output = Vec::new();
    let mut compressor = Compressor::new(15, true, 6, 8);
    let result = compressor
        .push(payload, &mut output)
        .and_then(|()| compressor.finish(&mut output));
    result.map(|()| output).map_err(|error| error.as_str().to_owned())
}

/// Converts a difference of two counters, which is at most the size of a buffer.
fn size(difference: u64) -> usize {
    usize::try_from(difference).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compresses_the_hello_of_the_rfc() {
        // Section 7.2.3.1.
        let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        assert_eq!(compressed(b"Hello").unwrap(), hello);
    }

    #[test]
    fn refers_to_the_previous_message_only_with_context_takeover() {
        for (no_context_takeover, expected) in [(false, 5), (true, 7)] {
            let mut compressor = Compressor::new(15, no_context_takeover, 6, 8);
            let mut decompressor = Decompressor::new(no_context_takeover);
            for size in [7, expected] {
                let (mut compressed, mut text) = (vec![], vec![]);
                compressor.push(b"Hello", &mut compressed).unwrap();
                compressor.finish(&mut compressed).unwrap();
                assert_eq!(compressed.len(), size);
                decompressor.push(&compressed, &mut text).unwrap();
                decompressor.finish(&mut text).unwrap();
                assert_eq!(text, b"Hello");
            }
        }
    }

    #[test]
    fn restores_messages_of_any_size_and_window() {
        let mut compressor = Compressor::new(8, false, 6, 8);
        let mut decompressor = Decompressor::new(false);
        for size in [0, 0, 1, OUTPUT - 1, OUTPUT, OUTPUT + 1, 3_000_000] {
            let payload: Vec<u8> = (0..size)
                .map(|index: usize| (index * index % 253).to_le_bytes()[0])
                .collect();
            let (mut compressed, mut restored) = (vec![], vec![]);
            compressor.push(&payload, &mut compressed).unwrap();
            compressor.finish(&mut compressed).unwrap();
            decompressor.push(&compressed, &mut restored).unwrap();
            decompressor.finish(&mut restored).unwrap();
            assert!(restored == payload, "{size} bytes");
        }
    }

    #[test]
    fn rejects_invalid_data() {
        assert!(Decompressor::new(false).push(&[0xff; 8], &mut vec![]).is_err());
    }
}
