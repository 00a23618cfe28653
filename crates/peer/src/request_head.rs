//! The head of an HTTP request: reads it from a stream, and gives access to its path, query and headers.
//!
//! Used by all ports. Independent of WebSocket.

use std::{io, str::FromStr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::timeout,
};
use url::form_urlencoded;

/// How long a client may take to send its request.
const DEADLINE: Duration = Duration::from_secs(30);
/// The largest number of headers, which `httparse` needs in advance: more than any client under test sends.
const MAX_HEADERS: usize = 256;
const END: &[u8] = b"\r\n\r\n";

/// A parsed request head.
#[derive(Debug)]
pub(crate) struct RequestHead {
    /// The whole head as received, including the empty line, one character for each byte.
    pub(crate) text: String,
    pub(crate) method: String,
    /// The request target with its query.
    pub(crate) target: String,
    /// Header names in lower case with their values, in the order received.
    pub(crate) headers: Vec<(String, String)>,
}

impl RequestHead {
    /// Returns the target without its query.
    pub(crate) fn path(&self) -> &str {
        self.target
            .split_once('?')
            .map_or(self.target.as_str(), |(path, _)| path)
    }

    /// Returns the parameters after the `?`.
    pub(crate) fn query(&self) -> Query {
        let text = self.target.split_once('?').map_or("", |(_, query)| query);
        Query(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// Returns the value of the first header with this lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the comma-separated elements of all headers with this lower-case name.
    pub(crate) fn elements<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let values = self.headers.iter().filter(move |(known, _)| known == name);
        values
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|element| !element.is_empty())
    }
}

/// The parameters of a request. If a name is repeated, its first value is used.
#[derive(Debug)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns a number, or `default` if the parameter is absent.
    ///
    /// # Errors
    /// If the value is not a number of this type; the text names the parameter.
    pub(crate) fn number<T: FromStr>(&self, name: &str, default: T) -> Result<T, String> {
        let Some(text) = self.get(name) else {
            return Ok(default);
        };
        text.parse()
            .map_err(|_| format!("parameter {name}={text} is not a number in range"))
    }

    /// Returns a time given in milliseconds.
    pub(crate) fn millis(&self, name: &str, default: u64) -> Result<Duration, String> {
        self.number(name, default).map(Duration::from_millis)
    }

    /// Returns a flag given as `1` or `0`.
    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool, String> {
        self.number(name, u8::from(default)).map(|number| number != 0)
    }
}

/// Reads a request head. Also returns the bytes received after it, which belong to the next protocol.
///
/// # Errors
/// `InvalidData` if the bytes are not a request head of at most `limit` bytes; the text can be sent to the client.
pub(crate) async fn read<S>(stream: &mut S, limit: usize) -> io::Result<(RequestHead, Vec<u8>)>
where
    S: AsyncRead + Unpin,
{
    let (mut bytes, end) = timeout(DEADLINE, read_to_empty_line(stream, limit)).await??;
    let rest = bytes.split_off(end);
    Ok((parse(&bytes)?, rest))
}

async fn read_to_empty_line<S>(stream: &mut S, limit: usize) -> io::Result<(Vec<u8>, usize)>
where
    S: AsyncRead + Unpin,
{
    let mut bytes = Vec::with_capacity(2048);
    loop {
        // The empty line may be split between two reads, so the search starts a little before the new bytes.
        let from = bytes.len().saturating_sub(END.len() - 1);
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let fresh = bytes.get(from..).unwrap_or_default();
        if let Some(at) = fresh.windows(END.len()).position(|window| window == END) {
            return Ok((bytes, from + at + END.len()));
        }
        if bytes.len() > limit {
            return Err(invalid("request head too large"));
        }
    }
}

fn parse(bytes: &[u8]) -> io::Result<RequestHead> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    request
        .parse(bytes)
        .map_err(|error| invalid(&format!("malformed request: {error}")))?;
    let header = |header: &httparse::Header<'_>| (header.name.to_ascii_lowercase(), latin1(header.value));
    Ok(RequestHead {
        text: latin1(bytes),
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        headers: request.headers.iter().map(header).collect(),
    })
}

/// Decodes one character for each byte, so that a test sees the exact bytes.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.to_owned())
}

#[cfg(test)]
pub(crate) fn sample(target: &str, lines: &str) -> RequestHead {
    parse(format!("GET {target} HTTP/1.1\r\n{lines}\r\n").as_bytes()).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn returns_the_bytes_after_the_head() {
        let mut stream: &[u8] = b"GET /echo?a=1&b=x%20y HTTP/1.1\r\nHost: h\r\nX: 1, 2\r\nx: 3\r\n\r\nrest";
        let (head, rest) = read(&mut stream, 1024).await.unwrap();
        assert_eq!((head.path(), rest.as_slice()), ("/echo", &b"rest"[..]));
        assert_eq!(head.query().get("b"), Some("x y"));
        assert_eq!(head.elements("x").collect::<Vec<_>>(), ["1", "2", "3"]);
    }

    #[tokio::test]
    async fn rejects_a_head_over_the_limit() {
        let mut stream: &[u8] = &[b'a'; 4096];
        let error = read(&mut stream, 1024).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn names_the_parameter_that_is_not_a_number() {
        let error = sample("/source?count=many", "")
            .query()
            .number("count", 1_u64)
            .unwrap_err();
        assert!(error.contains("count=many"));
    }
}
