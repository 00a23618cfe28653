//! The head of an HTTP request: reading it off a socket, and its path, query and headers.
//!
//! Shared by all ports. Knows nothing of WebSocket.

use std::{io, str::FromStr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::timeout,
};
use url::form_urlencoded;

/// How long a client may take to send its request.
const DEADLINE: Duration = Duration::from_secs(30);
/// More than any client under test sends; `httparse` wants the room beforehand.
const MAX_HEADERS: usize = 256;
const END: &[u8] = b"\r\n\r\n";

/// A request head, taken apart.
#[derive(Debug)]
pub(crate) struct RequestHead {
    /// All of it as it came, the empty line included, a character for each byte.
    pub(crate) text: String,
    pub(crate) method: String,
    /// The request target with its query.
    pub(crate) target: String,
    /// Header names in lower case with their values, in the order they came.
    pub(crate) headers: Vec<(String, String)>,
}

impl RequestHead {
    /// The target without its query.
    pub(crate) fn path(&self) -> &str {
        self.target
            .split_once('?')
            .map_or(self.target.as_str(), |(path, _)| path)
    }

    /// The parameters behind the `?`.
    pub(crate) fn query(&self) -> Query {
        let text = self.target.split_once('?').map_or("", |(_, query)| query);
        Query(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The first header of that (lower-case) name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The comma-separated elements of all headers of that name.
    pub(crate) fn elements<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let values = self.headers.iter().filter(move |(known, _)| known == name);
        values
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|element| !element.is_empty())
    }
}

/// The parameters of a request; the first of a name counts.
#[derive(Debug)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// A number, or `default` if the parameter is absent. The error names the parameter.
    pub(crate) fn number<T: FromStr>(&self, name: &str, default: T) -> Result<T, String> {
        let Some(text) = self.get(name) else {
            return Ok(default);
        };
        text.parse()
            .map_err(|_| format!("parameter {name}={text} is not a number in range"))
    }

    /// A time in milliseconds.
    pub(crate) fn millis(&self, name: &str, default: u64) -> Result<Duration, String> {
        self.number(name, default).map(Duration::from_millis)
    }

    /// A switch: `1` and `0`.
    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool, String> {
        self.number(name, u8::from(default)).map(|number| number != 0)
    }
}

/// Reads up to the empty line. Returns what came after it too, which belongs to the protocol behind the head.
///
/// # Errors
/// `InvalidData` if what came is no request head of at most `limit` bytes; the text can be shown to the client.
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
        // The empty line may lie across two reads, so the search starts a little before the new bytes.
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

/// A character for each byte, so that a test sees which bytes there were.
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
    async fn leaves_what_follows_the_head() {
        let mut stream: &[u8] = b"GET /echo?a=1&b=x%20y HTTP/1.1\r\nHost: h\r\nX: 1, 2\r\nx: 3\r\n\r\nrest";
        let (head, rest) = read(&mut stream, 1024).await.unwrap();
        assert_eq!((head.path(), rest.as_slice()), ("/echo", &b"rest"[..]));
        assert_eq!(head.query().get("b"), Some("x y"));
        assert_eq!(head.elements("x").collect::<Vec<_>>(), ["1", "2", "3"]);
    }

    #[tokio::test]
    async fn refuses_a_head_over_the_limit() {
        let mut stream: &[u8] = &[b'a'; 4096];
        let error = read(&mut stream, 1024).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn names_the_parameter_that_is_no_number() {
        let error = sample("/source?count=many", "")
            .query()
            .number("count", 1_u64)
            .unwrap_err();
        assert!(error.contains("count=many"));
    }
}
