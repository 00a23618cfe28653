//! The body of a refused handshake, as far as it is worth keeping (RFC 9112 section 6).

use super::Response;
use crate::headers::list_holds;
use crate::limits::MAX_ERROR_BODY;

/// Collects the body that explains a refusal, up to [`MAX_ERROR_BODY`] bytes.
#[derive(Debug)]
pub struct ErrorBody {
    raw: Vec<u8>,
    length: Length,
}

#[derive(Debug)]
enum Length {
    Known(usize),
    Chunked,
    UntilEnd,
}

impl ErrorBody {
    /// Reads from the head how long the body is.
    pub fn new(response: &Response) -> Self {
        let length = if response
            .values("transfer-encoding")
            .any(|value| list_holds(value, "chunked"))
        {
            Length::Chunked
        } else if matches!(response.status, 101 | 204 | 304) {
            Length::Known(0)
        } else {
            let stated = response.values("content-length").next();
            stated
                .and_then(|value| value.trim().parse().ok())
                .map_or(Length::UntilEnd, Length::Known)
        };
        Self {
            raw: Vec::new(),
            length,
        }
    }

    /// Takes bytes from the wire. `true` once the body is whole or enough of it is there.
    pub fn handle_bytes(&mut self, bytes: &[u8]) -> bool {
        // Chunk headers are part of what is kept raw, so the cap is on the wire's bytes.
        let room = MAX_ERROR_BODY.saturating_sub(self.raw.len());
        self.raw
            .extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
        let whole = match self.length {
            Length::Known(length) => self.raw.len() >= length,
            Length::Chunked => dechunk(&self.raw).1,
            Length::UntilEnd => false,
        };
        whole || self.raw.len() >= MAX_ERROR_BODY
    }

    /// The body, cut at what arrived.
    pub fn into_bytes(mut self) -> Vec<u8> {
        match self.length {
            Length::Known(length) => self.raw.truncate(length),
            Length::Chunked => return dechunk(&self.raw).0,
            Length::UntilEnd => {}
        }
        self.raw
    }
}

/// The chunks' content, and whether the last chunk (or nonsense, which ends the body too) was met.
fn dechunk(mut raw: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let (start, size) = match httparse::parse_chunk_size(raw) {
            Ok(httparse::Status::Complete((start, size))) => {
                (start, usize::try_from(size).unwrap_or(usize::MAX))
            }
            Ok(httparse::Status::Partial) => return (body, false),
            Err(_) => return (body, true),
        };
        if size == 0 {
            return (body, true);
        }
        let chunk = raw.get(start..).unwrap_or_default();
        body.extend_from_slice(chunk.get(..size).unwrap_or(chunk));
        // Two bytes of line end follow each chunk.
        raw = match size.checked_add(2).and_then(|next| chunk.get(next..)) {
            Some(rest) => rest,
            None => return (body, false),
        };
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
        let mut huge = body("Transfer-Encoding", "chunked");
        assert!(!huge.handle_bytes(b"ffffffffffffffff\r\nabc"));
        assert_eq!(huge.into_bytes(), b"abc");
    }

    #[test]
    fn without_a_length_the_body_is_capped() {
        let mut endless = body("X-A", "1");
        assert!(!endless.handle_bytes(&vec![b'a'; MAX_ERROR_BODY - 1]));
        assert!(endless.handle_bytes(b"aa"));
        assert_eq!(endless.into_bytes().len(), MAX_ERROR_BODY);
    }
}
