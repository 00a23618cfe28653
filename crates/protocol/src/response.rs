//! The server's answer to the upgrade request: reading it, bounded, and judging it (RFC 6455 section 4.1).

mod body;
mod verdict;

pub use body::ErrorBody;
pub use verdict::{Accepted, Violation, judge};

use crate::headers::Header;
use crate::limits::{MAX_RESPONSE_HEAD, MAX_RESPONSE_HEADERS};

/// The head of an HTTP response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The digit behind `HTTP/1.`.
    pub minor_version: u8,
    /// Status code, 100 to 999.
    pub status: u16,
    /// Reason phrase as the server wrote it.
    pub reason: String,
    /// Header lines in their order; bytes beyond ASCII are read as Latin-1.
    pub headers: Vec<Header>,
}

impl Response {
    /// All values of a header, in their order.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }
}

/// Collects bytes until the head of the response is whole.
#[derive(Debug, Default)]
pub struct ResponseReader {
    bytes: Vec<u8>,
    scanned: usize,
    /// Bytes of interim responses, which are passed over.
    skipped: usize,
}

impl ResponseReader {
    /// Takes bytes from the wire. `Some` once the head is whole, with the bytes that followed it.
    pub fn handle_bytes(&mut self, bytes: &[u8]) -> Result<Option<(Response, Vec<u8>)>, Violation> {
        self.bytes.extend_from_slice(bytes);
        loop {
            let end = self.head_end();
            if self.skipped + end.unwrap_or(self.bytes.len()) > MAX_RESPONSE_HEAD {
                return Err(Violation::HeadTooLarge);
            }
            let Some(end) = end else { return Ok(None) };
            let tail = self.bytes.split_off(end);
            let head = std::mem::replace(&mut self.bytes, tail);
            let response = parse(&head)?;
            if response.status / 100 != 1 || response.status == 101 {
                return Ok(Some((response, std::mem::take(&mut self.bytes))));
            }
            // An interim response (RFC 9110 section 15.2); the real one follows.
            self.skipped += end;
            self.scanned = 0;
        }
    }

    /// Index behind the empty line, looking only at what came since the last look. A line may end without a carriage
    /// return (RFC 9112 section 2.2).
    fn head_end(&mut self) -> Option<usize> {
        let from = self.scanned.saturating_sub(2);
        let ends = |at: usize| match self.bytes.get(at..)? {
            [b'\n', b'\n', ..] => Some(at + 2),
            [b'\n', b'\r', b'\n', ..] => Some(at + 3),
            _ => None,
        };
        let end = (from..self.bytes.len()).find_map(ends);
        self.scanned = self.bytes.len();
        end
    }
}

fn parse(head: &[u8]) -> Result<Response, Violation> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_RESPONSE_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    match response.parse(head) {
        // Whatever it took for the end, nothing may be lost between here and there.
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        Ok(_) => return Err(Violation::Malformed("incomplete head".into())),
        Err(error) => return Err(Violation::Malformed(error.to_string())),
    }
    // Three digits are not enough: RFC 9110 section 15 begins at 100.
    let status = response.code.filter(|status| *status >= 100);
    Ok(Response {
        minor_version: response.version.unwrap_or_default(),
        status: status.ok_or_else(|| Violation::Malformed("invalid status code".into()))?,
        reason: response.reason.unwrap_or_default().to_owned(),
        headers: response
            .headers
            .iter()
            .map(|line| (line.name.to_owned(), latin1(line.value)))
            .collect(),
    })
}

fn latin1(value: &[u8]) -> String {
    value.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX-A: 1\r\nx-a: 2\r\n\r\n";

    #[test]
    fn reads_a_head_byte_by_byte_and_keeps_what_follows() {
        let mut reader = ResponseReader::default();
        for byte in HEAD.split_last().unwrap().1 {
            assert_eq!(reader.handle_bytes(&[*byte]), Ok(None));
        }
        let (response, tail) = reader.handle_bytes(b"\n\x81\x01a").unwrap().unwrap();
        assert_eq!(
            (response.status, response.reason.as_str()),
            (101, "Switching Protocols")
        );
        assert_eq!(response.values("X-A").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(tail, b"\x81\x01a");
    }

    #[test]
    fn a_head_without_end_is_bounded() {
        let mut reader = ResponseReader::default();
        reader.handle_bytes(b"HTTP/1.1 101 OK\r\n").unwrap();
        let line = b"X-Filler: ........................................................\r\n";
        let verdict = (0..1000).find_map(|_| reader.handle_bytes(line).err());
        assert_eq!(verdict, Some(Violation::HeadTooLarge));
    }

    #[test]
    fn lines_may_end_without_a_carriage_return_and_nothing_behind_the_head_is_lost() {
        for head in [
            "HTTP/1.1 200 OK\n\n",
            "HTTP/1.1 200 OK\r\n\n",
            "HTTP/1.1 200 OK\nA: b\n\r\n",
        ] {
            let mut reader = ResponseReader::default();
            let bytes = [head.as_bytes(), b"tail\r\n\r\n"].concat();
            let (response, tail) = reader.handle_bytes(&bytes).unwrap().unwrap();
            assert_eq!(
                (response.status, tail.as_slice()),
                (200, b"tail\r\n\r\n".as_slice())
            );
        }
    }

    #[test]
    fn interim_responses_without_end_are_bounded() {
        let mut reader = ResponseReader::default();
        let verdict = (0..100_000).find_map(|_| reader.handle_bytes(b"HTTP/1.1 100 Go on\r\n\r\n").err());
        assert_eq!(verdict, Some(Violation::HeadTooLarge));
    }

    #[test]
    fn an_interim_response_is_skipped() {
        let mut reader = ResponseReader::default();
        let bytes = [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", HEAD].concat();
        let (response, tail) = reader.handle_bytes(&bytes).unwrap().unwrap();
        assert_eq!((response.status, tail.len()), (101, 0));
    }

    #[test]
    fn what_is_not_http_is_malformed() {
        for head in [
            "SSH-2.0-OpenSSH\r\n\r\n",
            "HTTP/1.1 abc\r\n\r\n",
            "HTTP/1.1 011 x\r\n\r\n",
            "\r\n\r\n",
        ] {
            let verdict = ResponseReader::default().handle_bytes(head.as_bytes());
            assert!(
                matches!(verdict, Err(Violation::Malformed(_))),
                "{head:?} gave {verdict:?}"
            );
        }
    }

    #[test]
    fn too_many_header_lines_are_malformed() {
        let head = format!(
            "HTTP/1.1 200 OK\r\n{}\r\n",
            "a: b\r\n".repeat(MAX_RESPONSE_HEADERS + 1)
        );
        let verdict = ResponseReader::default().handle_bytes(head.as_bytes());
        assert!(matches!(verdict, Err(Violation::Malformed(_))));
    }
}
