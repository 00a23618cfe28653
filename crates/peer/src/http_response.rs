//! Plain HTTP responses: rejections of upgrade requests, and `/status/CODE`.

use std::{fmt::Write as _, io};

use http::StatusCode;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::request_head::RequestHead;

/// The largest body: more than any test needs, so that a typing error does not exhaust memory.
const MAX_BODY: usize = 1 << 30;
/// The size of a chunk of a chunked body.
const CHUNK: usize = 16 * 1024;

/// A response with a body, after which the connection closes.
pub(crate) struct HttpResponse {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    chunked: bool,
}

impl HttpResponse {
    pub(crate) fn text(status: u16, body: impl Into<String>) -> Self {
        let headers = vec![("Content-Type", "text/plain; charset=utf-8".to_owned())];
        Self {
            status,
            headers,
            body: body.into().into_bytes(),
            chunked: false,
        }
    }

    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        let headers = vec![("Content-Type", "application/json".to_owned())];
        Self {
            status,
            headers,
            body: body.to_string().into_bytes(),
            chunked: false,
        }
    }

    /// Returns the response that `/status/CODE?body=TEXT&chunked=1&huge=N&location=URL` describes.
    pub(crate) fn from_head(head: &RequestHead, code: &str) -> Result<Self, String> {
        let status = code.parse().ok().filter(|code| (100..1000).contains(code));
        let status = status.ok_or_else(|| format!("{code} is not a status code"))?;
        let query = head.query();
        let mut response = Self::text(status, query.get("body").unwrap_or_else(|| reason(status)));
        response.chunked = query.flag("chunked", false)?;
        let huge = query.number("huge", 0)?;
        if huge > MAX_BODY {
            return Err(format!("huge={huge} is more than {MAX_BODY}"));
        }
        if huge > 0 {
            response.body = vec![b'x'; huge];
        }
        response.headers.push(("x-peer", "yes".to_owned()));
        response
            .headers
            .extend(query.get("location").map(|url| ("Location", url.to_owned())));
        Ok(response)
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Sends the response. The caller closes the connection.
    pub(crate) async fn write<S: AsyncWrite + Unpin>(&self, stream: &mut S) -> io::Result<()> {
        stream.write_all(self.head().as_bytes()).await?;
        if self.chunked {
            for chunk in self.body.chunks(CHUNK) {
                stream
                    .write_all(format!("{:x}\r\n", chunk.len()).as_bytes())
                    .await?;
                stream.write_all(chunk).await?;
                stream.write_all(b"\r\n").await?;
            }
            stream.write_all(b"0\r\n\r\n").await?;
        } else {
            stream.write_all(&self.body).await?;
        }
        stream.flush().await
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            // Writing to a string cannot fail.
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if self.chunked {
            head.push_str("Transfer-Encoding: chunked\r\n");
        } else {
            let _ = write!(head, "Content-Length: {}\r\n", self.body.len());
        }
        head.push_str("Connection: close\r\n\r\n");
        head
    }
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Unknown")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request_head::sample;

    async fn written(target: &str, code: &str) -> String {
        let mut out = Vec::new();
        HttpResponse::from_head(&sample(target, ""), code)
            .unwrap()
            .write(&mut out)
            .await
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[tokio::test]
    async fn sends_the_reason_phrase_if_no_body_is_given() {
        let text = written("/status/404", "404").await;
        assert!(text.starts_with("HTTP/1.1 404 Not Found\r\n"));
        assert!(text.contains("x-peer: yes\r\n") && text.contains("Content-Length: 9\r\n"));
        assert!(text.ends_with("\r\n\r\nNot Found"));
    }

    #[tokio::test]
    async fn sends_the_body_in_chunks_if_requested() {
        let text = written("/status/503?chunked=1&body=busy", "503").await;
        assert!(text.ends_with("\r\n\r\n4\r\nbusy\r\n0\r\n\r\n"));
        assert!(!text.contains("Content-Length"));
    }
}
