//! The body of a response that rejected the handshake (RFC 9112 section 6), up to a limit.

use super::chunks::Chunks;
use super::head::Response;
use crate::headers::list_holds;
use crate::limits::MAX_ERROR_BODY;

/// Collects the body of a response that is an error, up to [`MAX_ERROR_BODY`] bytes.
#[derive(Debug)]
pub struct ErrorBody {
    body: Vec<u8>,
    length: Length,
    /// Received bytes, with the lines of chunks.
    taken: usize,
}

#[derive(Debug)]
enum Length {
    Known(usize),
    Chunked(Chunks),
    UntilEnd,
}

impl ErrorBody {
    /// Takes the length of the body from the head.
    pub fn new(response: &Response) -> Self {
        let length = if response
            .values("transfer-encoding")
            .any(|value| list_holds(value, "chunked"))
        {
            Length::Chunked(Chunks::default())
        } else if matches!(response.status, 101 | 204 | 304) {
            Length::Known(0)
        } else {
            let stated = response.values("content-length").next();
            stated
                .and_then(|value| value.trim().parse().ok())
                .map_or(Length::UntilEnd, Length::Known)
        };
        Self {
            body: Vec::new(),
            length,
            taken: 0,
        }
    }

    /// Takes received bytes. Returns `true` once the body is complete or its limit is reached.
    pub fn handle_bytes(&mut self, bytes: &[u8]) -> bool {
        // The limit is on received bytes, so that chunks without content end, too.
        let room = MAX_ERROR_BODY - self.taken;
        let bytes = bytes.get(..room).unwrap_or(bytes);
        self.taken += bytes.len();
        let whole = match &mut self.length {
            Length::Chunked(chunks) => chunks.handle_bytes(bytes, &mut self.body),
            Length::Known(length) => {
                let missing = *length - self.body.len();
                self.body.extend_from_slice(bytes.get(..missing).unwrap_or(bytes));
                self.body.len() == *length
            }
            Length::UntilEnd => {
                self.body.extend_from_slice(bytes);
                false
            }
        };
        whole || self.taken == MAX_ERROR_BODY
    }

    /// Returns as much of the body as has arrived.
    pub fn into_bytes(self) -> Vec<u8> {
        self.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(name: &str, value: &str) -> ErrorBody {
        let headers = vec![(name.to_owned(), value.to_owned())];
        ErrorBody::new(&Response {
            minor_version: 1,
            status: 400,
            reason: String::new(),
            headers,
        })
    }

    #[test]
    fn content_length_ends_the_body() {
        let mut plain = body("Content-Length", "5");
        assert!(!plain.handle_bytes(b"hel"));
        assert!(plain.handle_bytes(b"lo, and more"));
        assert_eq!(plain.into_bytes(), b"hello");
    }

    #[test]
    fn joins_chunks() {
        let mut chunked = body("Transfer-Encoding", "chunked");
        let done: Vec<bool> = b"3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n"
            .chunks(4)
            .map(|c| chunked.handle_bytes(c))
            .collect();
        assert_eq!(done.last(), Some(&true));
        assert_eq!(chunked.into_bytes(), b"hello");
    }

    #[test]
    fn invalid_chunks_end_the_body() {
        for raw in ["zz\r\n", "ffffffffffffffffff\r\n", "-1\r\n"] {
            assert!(
                body("Transfer-Encoding", "chunked").handle_bytes(raw.as_bytes()),
                "{raw:?}"
            );
        }
    }

    #[test]
    fn bounds_chunks_without_content() {
        let mut endless = body("Transfer-Encoding", "chunked");
        let line = b"1;extension=................................................\r\na\r\n";
        let ended = (0..10_000).position(|_| endless.handle_bytes(line));
        assert_eq!(ended, Some(MAX_ERROR_BODY / line.len()));
        let mut endless = body("Transfer-Encoding", "chunked");
        assert!((0..=MAX_ERROR_BODY).any(|_| endless.handle_bytes(b"0")));
    }

    #[test]
    fn bounds_a_body_without_a_length() {
        let mut endless = body("X-A", "1");
        assert!(!endless.handle_bytes(&vec![b'a'; MAX_ERROR_BODY - 1]));
        assert!(endless.handle_bytes(b"aa"));
        assert_eq!(endless.into_bytes().len(), MAX_ERROR_BODY);
    }

    #[test]
    fn reads_a_body_byte_by_byte_in_linear_time() {
        let mut slow = body("Transfer-Encoding", "chunked");
        let wire = b"1;x\r\na\r\n".repeat(8000);
        let started = std::time::Instant::now();
        for byte in &wire {
            slow.handle_bytes(std::slice::from_ref(byte));
        }
        assert!(!slow.into_bytes().is_empty());
        // Takes milliseconds. Reading everything again for each byte would take minutes.
        assert!(started.elapsed().as_secs() < 10);
    }
}
