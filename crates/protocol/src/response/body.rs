//! The body of a refused handshake, as far as it is worth keeping (RFC 9112 section 6).

use super::chunks::Chunks;
use super::head::Response;
use crate::headers::list_holds;
use crate::limits::MAX_ERROR_BODY;

/// Collects the body that explains a refusal, up to [`MAX_ERROR_BODY`] bytes.
#[derive(Debug)]
pub struct ErrorBody {
    body: Vec<u8>,
    length: Length,
    /// Bytes from the wire, the lines of chunks included.
    taken: usize,
}

#[derive(Debug)]
enum Length {
    Known(usize),
    Chunked(Chunks),
    UntilEnd,
}

impl ErrorBody {
    /// Reads from the head how long the body is.
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

    /// Takes bytes from the wire. `true` once the body is whole or enough of it is there.
    pub fn handle_bytes(&mut self, bytes: &[u8]) -> bool {
        // So that chunks of nothing but lines end as well, the limit is on the wire's bytes.
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

    /// The body, cut at what arrived.
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
    fn a_stated_length_ends_the_body() {
        let mut plain = body("Content-Length", "5");
        assert!(!plain.handle_bytes(b"hel"));
        assert!(plain.handle_bytes(b"lo, and more"));
        assert_eq!(plain.into_bytes(), b"hello");
    }

    #[test]
    fn chunks_are_joined() {
        let mut chunked = body("Transfer-Encoding", "chunked");
        let done: Vec<bool> = b"3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n"
            .chunks(4)
            .map(|c| chunked.handle_bytes(c))
            .collect();
        assert_eq!(done.last(), Some(&true));
        assert_eq!(chunked.into_bytes(), b"hello");
    }

    #[test]
    fn nonsense_chunks_end_the_body_instead_of_hanging() {
        for raw in ["zz\r\n", "ffffffffffffffffff\r\n", "-1\r\n"] {
            assert!(
                body("Transfer-Encoding", "chunked").handle_bytes(raw.as_bytes()),
                "{raw:?}"
            );
        }
    }

    #[test]
    fn chunks_without_content_are_bounded() {
        let mut endless = body("Transfer-Encoding", "chunked");
        let line = b"1;extension=................................................\r\na\r\n";
        let ended = (0..10_000).position(|_| endless.handle_bytes(line));
        assert_eq!(ended, Some(MAX_ERROR_BODY / line.len()));
        let mut endless = body("Transfer-Encoding", "chunked");
        assert!((0..=MAX_ERROR_BODY).any(|_| endless.handle_bytes(b"0")));
    }

    #[test]
    fn without_a_length_the_body_is_capped() {
        let mut endless = body("X-A", "1");
        assert!(!endless.handle_bytes(&vec![b'a'; MAX_ERROR_BODY - 1]));
        assert!(endless.handle_bytes(b"aa"));
        assert_eq!(endless.into_bytes().len(), MAX_ERROR_BODY);
    }

    #[test]
    fn a_body_that_comes_byte_by_byte_is_read_in_linear_time() {
        let mut slow = body("Transfer-Encoding", "chunked");
        let wire = b"1;x\r\na\r\n".repeat(8000);
        let started = std::time::Instant::now();
        for byte in &wire {
            slow.handle_bytes(std::slice::from_ref(byte));
        }
        assert!(!slow.into_bytes().is_empty());
        // Milliseconds; where all that has come is read again for each byte, minutes.
        assert!(started.elapsed().as_secs() < 10);
    }
}
