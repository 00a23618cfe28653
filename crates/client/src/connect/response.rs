//! Reads HTTP responses from a stream: a server's to the upgrade request, a proxy's to CONNECT.

use crate::error::Rejection;
use crate::transport::Stream;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead as _, AsyncReadExt as _, ReadBuf};
use tokio::time::timeout;
use websocket_rs_protocol::response::{Beginning, ErrorBody, HandshakeError, Response, ResponseReader};

/// How long to wait for the body of a rejection, which only explains an error that is certain already.
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(2);

/// Why no response could be read.
pub(crate) enum UnreadResponse {
    /// The connection ended. Holds the beginning of the response, if any arrived.
    Lost(io::Error, Option<Beginning>),
    /// What arrived is not an HTTP/1.1 response.
    Invalid(HandshakeError),
}

/// The head of a response, with the bytes that followed it.
pub(super) type Head = (Response, Vec<u8>);

/// Reads the head of a response.
#[derive(Debug)]
pub(crate) struct HeadReader {
    reader: ResponseReader,
    chunk: Vec<u8>,
}

impl Default for HeadReader {
    fn default() -> Self {
        Self {
            reader: ResponseReader::default(),
            chunk: vec![0; 1024],
        }
    }
}

impl HeadReader {
    /// Calls `read`, which reads once and returns 0 at the end of the stream, until the head is complete.
    pub(crate) fn poll(
        &mut self,
        mut read: impl FnMut(&mut [u8]) -> Poll<io::Result<usize>>,
    ) -> Poll<Result<Head, UnreadResponse>> {
        loop {
            let error = match ready!(read(&mut self.chunk)) {
                Ok(0) => io::ErrorKind::UnexpectedEof.into(),
                Ok(count) => {
                    let bytes = self.chunk.get(..count).unwrap_or_default();
                    match self.reader.handle_bytes(bytes) {
                        Ok(Some(head)) => return Poll::Ready(Ok(head)),
                        Ok(None) => continue,
                        Err(violation) => return Poll::Ready(Err(UnreadResponse::Invalid(violation))),
                    }
                }
                Err(error) => error,
            };
            return Poll::Ready(Err(UnreadResponse::Lost(error, self.reader.beginning())));
        }
    }
}

/// Reads the head of a response from a stream that Tokio polls.
pub(crate) async fn read_head(stream: &mut Stream) -> Result<Head, UnreadResponse> {
    let mut head = HeadReader::default();
    poll_fn(|cx| {
        head.poll(|chunk| {
            let mut buf = ReadBuf::new(chunk);
            ready!(Pin::new(&mut *stream).poll_read(cx, &mut buf))?;
            Poll::Ready(Ok(buf.filled().len()))
        })
    })
    .await
}

/// Reads the body of a rejection, of which `begun` has arrived. If `begun` is `None`, reads no body.
///
/// `left` is the time until the deadline of the connect. The rejection is returned before that, with as much of its
/// body as has arrived.
pub(crate) async fn read_rejection(
    stream: &mut Stream,
    response: Response,
    begun: Option<&[u8]>,
    left: Option<Duration>,
) -> Rejection {
    let body = match begun {
        Some(begun) => read_body(stream, &response, begun, left).await,
        None => Vec::new(),
    };
    Rejection {
        status: response.status,
        reason: response.reason,
        headers: response.headers,
        body,
    }
}

async fn read_body(stream: &mut Stream, response: &Response, tail: &[u8], left: Option<Duration>) -> Vec<u8> {
    let limit = left.map_or(ERROR_BODY_TIMEOUT, |left| ERROR_BODY_TIMEOUT.min(left / 2));
    let mut body = ErrorBody::new(response);
    let mut whole = body.handle_bytes(tail);
    let mut chunk = vec![0; 4096];
    let reading = async {
        while !whole {
            match stream.read(&mut chunk).await {
                Ok(0) | Err(_) => break,
                Ok(count) => whole = body.handle_bytes(chunk.get(..count).unwrap_or_default()),
            }
        }
    };
    // A part of the body is more useful than an error about the body.
    let _ = timeout(limit, reading).await;
    body.into_bytes()
}
