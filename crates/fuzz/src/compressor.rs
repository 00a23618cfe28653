//! The compressor of a peer (RFC 7692 section 7.2.1).

use crate::reference;
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush};

/// The compressor of a peer.
pub(crate) struct Compressor {
    deflate: Deflate,
    no_context_takeover: bool,
}

impl Compressor {
    pub(crate) fn new(parameters: reference::Deflate) -> Self {
        Self {
            deflate: Deflate::new_with_config(DeflateConfig {
                window_bits: -i32::from(parameters.window_bits),
                ..DeflateConfig::default()
            }),
            no_context_takeover: parameters.no_context_takeover,
        }
    }

    /// Compresses a message. `is_last` ends it with a last block, after which the context is reset.
    pub(crate) fn compress(&mut self, message: &[u8], is_last: bool) -> Vec<u8> {
        // Nothing is flushed twice in a row; section 7.2.3.6 has this form of an empty message.
        if message.is_empty() && !is_last {
            return vec![0];
        }
        let flush = if is_last {
            DeflateFlush::Finish
        } else {
            DeflateFlush::SyncFlush
        };
        let mut output = vec![0; message.len() + message.len() / 100 + 1000];
        let before = self.deflate.total_out();
        self.deflate
            .compress(message, &mut output, flush)
            .expect("it compresses");
        output.truncate(usize::try_from(self.deflate.total_out() - before).expect("it fits"));
        if is_last {
            output.push(0);
        } else {
            assert!(output.ends_with(&[0, 0, 0xff, 0xff]));
            output.truncate(output.len() - 4);
        }
        if is_last || self.no_context_takeover {
            self.deflate.reset();
        }
        output
    }
}
