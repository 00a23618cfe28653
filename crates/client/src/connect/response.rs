//! Reads HTTP responses from a stream: a server's to the upgrade request, a proxy's to CONNECT.

use crate::error::Rejection;
use crate::transport::Stream;
use std::io;
use std::time::Duration;
use tokio::io::AsyncReadExt;
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

/// Reads the head of a response. Returns it with the bytes that followed it.
pub(crate) async fn read_head(stream: &mut Stream) -> Result<(Response, Vec<u8>), UnreadResponse> {
    let mut reader = ResponseReader::default();
    let mut chunk = vec![0; 1024];
    loop {
        let count = match stream.read(&mut chunk).await {
            Ok(0) => {
                return Err(UnreadResponse::Lost(
                    io::ErrorKind::UnexpectedEof.into(),
                    reader.beginning(),
                ));
            }
            Ok(count) => count,
            Err(error) => return Err(UnreadResponse::Lost(error, reader.beginning())),
        };
        let read = chunk.get(..count).unwrap_or_default();
        if let Some(whole) = reader.handle_bytes(read).map_err(UnreadResponse::Invalid)? {
            return Ok(whole);
        }
    }
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
