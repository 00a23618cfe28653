//! The head of an HTTP response: its status line and headers, read up to a limit.

use super::beginning::Beginning;
use super::error::HandshakeError;
use crate::headers::Header;
use crate::limits::MAX_RESPONSE_HEAD;

/// Bytes that show whether an answer is HTTP/1.1: an empty line, which some servers send first, version and status.
const STATUS_LINE: usize = 16;

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
    /// Version and status have come.
    is_http: bool,
    /// Bytes of interim responses, which are passed over.
    skipped: usize,
}

impl ResponseReader {
    /// Takes bytes from the wire. `Some` once the head is whole, with the bytes that followed it.
    ///
    /// What can never become an HTTP/1.1 response is refused at once, and not when its head would be whole: the peer
    /// may wait for us to speak first, or go on.
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
            // An interim response (RFC 9110 section 15.2); the real one follows.
            self.skipped += end;
            self.scanned = 0;
            self.is_http = false;
        }
    }

    /// How the answer began that is not whole; `None` if nothing of it has come.
    pub fn beginning(&self) -> Option<Beginning> {
        (!self.bytes.is_empty()).then(|| Beginning::of(&self.bytes))
    }

    /// Looks at the front of the status line until it is there, which is a few bytes.
    fn check_beginning(&mut self) -> Result<(), HandshakeError> {
        if self.is_http {
            return Ok(());
        }
        let front = self.bytes.get(..STATUS_LINE).unwrap_or(&self.bytes);
        // The front may go as far as into the first header.
        let mut headers = [httparse::EMPTY_HEADER; 2];
        if httparse::Response::new(&mut headers).parse(front).is_err() {
            return Err(HandshakeError::NotHttp(Beginning::of(&self.bytes)));
        }
        self.is_http = front.len() == STATUS_LINE;
        Ok(())
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

fn parse(head: &[u8]) -> Result<Response, HandshakeError> {
    // Each header has a line. How many there may be follows from the size of the head.
    let lines = head.split(|byte| *byte == b'\n').count();
    let mut headers = vec![httparse::EMPTY_HEADER; lines];
    let mut response = httparse::Response::new(&mut headers);
    match response.parse(head) {
        // Whatever it took for the end, nothing may be lost between here and there.
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        // One empty line may come before it, as RFC 9112 section 2.2 has it for requests, and no more.
        Ok(_) => return Err(HandshakeError::NotHttp(Beginning::of(head))),
        Err(error) => return Err(HandshakeError::Malformed(error.to_string())),
    }
    // Three digits are not enough: RFC 9110 section 15 begins at 100.
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
        assert_eq!(verdict, Some(HandshakeError::HeadTooLarge));
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
        assert_eq!(verdict, Some(HandshakeError::HeadTooLarge));
    }

    #[test]
    fn an_interim_response_is_skipped() {
        let mut reader = ResponseReader::default();
        let bytes = [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", HEAD].concat();
        let (response, tail) = reader.handle_bytes(&bytes).unwrap().unwrap();
        assert_eq!((response.status, tail.len()), (101, 0));
    }

    /// What is told of an answer that has come so far, at once and byte by byte.
    fn verdict(wire: &[u8]) -> Option<HandshakeError> {
        let whole = ResponseReader::default().handle_bytes(wire).err();
        let mut reader = ResponseReader::default();
        let in_pieces = wire
            .iter()
            .find_map(|byte| reader.handle_bytes(std::slice::from_ref(byte)).err());
        assert_eq!(
            whole.as_ref().map(std::mem::discriminant),
            in_pieces.as_ref().map(std::mem::discriminant)
        );
        whole
    }

    #[test]
    fn what_can_never_become_http_is_refused_before_its_end_has_come() {
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
    fn what_can_still_become_http_is_waited_for() {
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
    fn a_head_that_breaks_off_shows_its_beginning() {
        let mut reader = ResponseReader::default();
        assert_eq!(reader.beginning(), None);
        reader.handle_bytes(b"HTTP/1.1 1").unwrap();
        assert_eq!(reader.beginning(), Some(Beginning::of(b"HTTP/1.1 1")));
    }

    #[test]
    fn heads_that_are_none_are_malformed() {
        for head in ["HTTP/1.1 011 x\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n"] {
            let verdict = verdict(head.as_bytes());
            assert!(
                matches!(verdict, Some(HandshakeError::Malformed(_))),
                "{head:?} gave {verdict:?}"
            );
        }
    }

    #[test]
    fn header_lines_are_bounded_by_the_head_alone() {
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
