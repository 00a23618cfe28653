//! The head of an HTTP response: its status line and headers, parsed from bytes as they arrive.

use super::beginning::Beginning;
use super::error::HandshakeError;
use crate::headers::Header;
use crate::limits::MAX_RESPONSE_HEAD;

/// Bytes that show whether a response is HTTP/1.1: an empty line, which some servers send first, version and status.
const STATUS_LINE: usize = 16;

/// The head of an HTTP response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The digit after `HTTP/1.`.
    pub minor_version: u8,
    /// Status code, 100 to 999.
    pub status: u16,
    /// Reason phrase as the server wrote it.
    pub reason: String,
    /// Headers in their order; values are read as Latin-1.
    pub headers: Vec<Header>,
}

impl Response {
    /// Returns all values of a header, in their order.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }
}

/// Collects bytes until the head of a response is complete.
#[derive(Debug, Default)]
pub struct ResponseReader {
    bytes: Vec<u8>,
    scanned: usize,
    /// Version and status have arrived.
    is_http: bool,
    /// Bytes of interim responses, which are skipped.
    skipped: usize,
}

impl ResponseReader {
    /// Takes received bytes. Returns the response and the bytes that follow its head, or `None` if the head is
    /// incomplete.
    ///
    /// Fails as soon as the bytes cannot become an HTTP/1.1 response, because a peer that speaks another protocol may
    /// wait for the client, or send without end.
    pub fn handle_bytes(&mut self, bytes: &[u8]) -> Result<Option<(Response, Vec<u8>)>, HandshakeError> {
        self.bytes.extend_from_slice(bytes);
        loop {
            self.check_beginning()?;
            let end = self.head_end();
            if self.skipped + end.unwrap_or(self.bytes.len()) > MAX_RESPONSE_HEAD {
                return Err(HandshakeError::HeadTooLarge);
            }
            let Some(end) = end else { return Ok(None) };
            let tail = self.bytes.split_off(end);
            let head = std::mem::replace(&mut self.bytes, tail);
            let response = parse(&head)?;
            if response.status / 100 != 1 || response.status == 101 {
                return Ok(Some((response, std::mem::take(&mut self.bytes))));
            }
            // An interim response (RFC 9110 section 15.2): the final one follows.
            self.skipped += end;
            self.scanned = 0;
            self.is_http = false;
        }
    }

    /// Returns the beginning of an incomplete response, or `None` if nothing has arrived.
    pub fn beginning(&self) -> Option<Beginning> {
        (!self.bytes.is_empty()).then(|| Beginning::of(&self.bytes))
    }

    /// Checks the front of the status line until enough of it has arrived.
    fn check_beginning(&mut self) -> Result<(), HandshakeError> {
        if self.is_http {
            return Ok(());
        }
        let front = self.bytes.get(..STATUS_LINE).unwrap_or(&self.bytes);
        // The front may extend into the first header.
        let mut headers = [httparse::EMPTY_HEADER; 2];
        if httparse::Response::new(&mut headers).parse(front).is_err() {
            return Err(HandshakeError::NotHttp(Beginning::of(&self.bytes)));
        }
        self.is_http = front.len() == STATUS_LINE;
        Ok(())
    }

    /// Returns the index after the empty line that ends the head. Scans each byte once. A line may end without a
    /// carriage return (RFC 9112 section 2.2).
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

fn parse(head: &[u8]) -> Result<Response, HandshakeError> {
    // Each header has a line, so the limit on the head limits the number of headers.
    let lines = head.split(|byte| *byte == b'\n').count();
    let mut headers = vec![httparse::EMPTY_HEADER; lines];
    let mut response = httparse::Response::new(&mut headers);
    match response.parse(head) {
        // Both parsers have to agree on the end of the head, or bytes would be lost.
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        // At most one empty line may precede the status line, as RFC 9112 section 2.2 has it for requests.
        Ok(_) => return Err(HandshakeError::NotHttp(Beginning::of(head))),
        Err(error) => return Err(HandshakeError::Malformed(error.to_string())),
    }
    // Three digits are not sufficient: status codes begin at 100 (RFC 9110 section 15).
    let status = response.code.filter(|status| *status >= 100);
    Ok(Response {
        minor_version: response.version.unwrap_or_default(),
        status: status.ok_or_else(|| HandshakeError::Malformed("invalid status code".into()))?,
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
    fn reads_a_head_byte_by_byte_and_returns_what_follows() {
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
    fn bounds_an_endless_head() {
        let mut reader = ResponseReader::default();
        reader.handle_bytes(b"HTTP/1.1 101 OK\r\n").unwrap();
        let line = b"X-Filler: ........................................................\r\n";
        let verdict = (0..1000).find_map(|_| reader.handle_bytes(line).err());
        assert_eq!(verdict, Some(HandshakeError::HeadTooLarge));
    }

    #[test]
    fn lines_may_end_without_a_carriage_return() {
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
    fn bounds_endless_interim_responses() {
        let mut reader = ResponseReader::default();
        let verdict = (0..100_000).find_map(|_| reader.handle_bytes(b"HTTP/1.1 100 Go on\r\n\r\n").err());
        assert_eq!(verdict, Some(HandshakeError::HeadTooLarge));
    }

    #[test]
    fn skips_an_interim_response() {
        let mut reader = ResponseReader::default();
        let bytes = [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", HEAD].concat();
        let (response, tail) = reader.handle_bytes(&bytes).unwrap().unwrap();
        assert_eq!((response.status, tail.len()), (101, 0));
    }

    /// Returns the error for `wire`, which must be the same if it arrives at once and byte by byte.
    fn verdict(wire: &[u8]) -> Option<HandshakeError> {
        let whole = ResponseReader::default().handle_bytes(wire).err();
        let mut reader = ResponseReader::default();
        let byte_by_byte = wire
            .iter()
            .find_map(|byte| reader.handle_bytes(std::slice::from_ref(byte)).err());
        assert_eq!(
            whole.as_ref().map(std::mem::discriminant),
            byte_by_byte.as_ref().map(std::mem::discriminant)
        );
        whole
    }

    #[test]
    fn fails_as_soon_as_bytes_cannot_become_http() {
        for wire in [
            &b"x"[..],
            b"SSH-2.0-OpenSSH_9.6\r\n",
            b"HTTP/2 101\r\n",
            b"HTTP/2.0",
            b"HTTP/1.2",
            b"HTTP/1.1101",
            b"HTTP/1.1 1x",
            b"HTTP/1.1 2000",
            b"ICY 200 OK\r\n",
            b"http/1.1",
            b"<html>",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\x15\x03\x01\0\x02\x02\x46",
            b"\0\0\x12\x04\0\0\0\0\0",
            b"\rH",
            b"\r\nx",
            b"\r\n\r\n",
            b"HTTP/1.1 103 Early\r\n\r\nx",
        ] {
            let verdict = verdict(wire);
            let refused = matches!(verdict, Some(HandshakeError::NotHttp(_)));
            assert!(refused, "{} gave {verdict:?}", wire.escape_ascii());
        }
        let verdict = verdict(b"+OK ready\r\n").unwrap().to_string();
        assert_eq!(
            verdict,
            r#"response is not HTTP/1.1: it begins with "+OK ready\r\n""#
        );
    }

    #[test]
    fn waits_while_bytes_can_become_http() {
        for wire in [
            &b""[..],
            b"\r",
            b"\r\n",
            b"\n",
            b"H",
            b"HTTP/1.",
            b"\r\nHTTP/1.1 10",
            b"HTTP/1.0 404 a reason that goes on and on",
            b"HTTP/1.1 103 Early\r\n\r\nHT",
        ] {
            assert_eq!(verdict(wire), None, "{}", wire.escape_ascii());
        }
        let late = b"\r\nHTTP/1.1 200\nA: b\n\n";
        let (response, tail) = ResponseReader::default().handle_bytes(late).unwrap().unwrap();
        assert_eq!((response.status, response.headers.len(), tail.len()), (200, 1, 0));
    }

    #[test]
    fn returns_the_beginning_of_an_incomplete_head() {
        let mut reader = ResponseReader::default();
        assert_eq!(reader.beginning(), None);
        reader.handle_bytes(b"HTTP/1.1 1").unwrap();
        assert_eq!(reader.beginning(), Some(Beginning::of(b"HTTP/1.1 1")));
    }

    #[test]
    fn rejects_malformed_heads() {
        for head in ["HTTP/1.1 011 x\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n"] {
            let verdict = verdict(head.as_bytes());
            assert!(
                matches!(verdict, Some(HandshakeError::Malformed(_))),
                "{head:?} gave {verdict:?}"
            );
        }
    }

    #[test]
    fn bounds_headers_by_the_size_of_the_head() {
        let head = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a:\n".repeat(5000));
        let (response, _) = ResponseReader::default()
            .handle_bytes(head.as_bytes())
            .unwrap()
            .unwrap();
        assert_eq!(response.headers.len(), 5000);
        let head = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a:\n".repeat(6000));
        assert_eq!(verdict(head.as_bytes()), Some(HandshakeError::HeadTooLarge));
    }
}
