//! Reads HTTP answers: a server's to the upgrade, a proxy's to CONNECT.

use crate::error::Refusal;
use crate::transport::Stream;
use std::io;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use websocket_rs_protocol::response::{Beginning, ErrorBody, HandshakeError, Response, ResponseReader};

/// How long the body of a refusal may take: it only explains an error that is certain already.
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(2);

/// Why there is no answer.
pub(crate) enum UnreadResponse {
    /// The connection ended, and how the answer began, if it had.
    Lost(io::Error, Option<Beginning>),
    /// What came is none.
    Invalid(HandshakeError),
}

/// The head of an answer, and the bytes that came behind it.
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

/// An answer that is a refusal, with its body, of which this has come already; none for one that is not read.
///
/// `left` is what is left of the deadline over all of connecting. The refusal is told before it runs out, with as much
/// of its body as came.
pub(crate) async fn read_refusal(
    stream: &mut Stream,
    response: Response,
    begun: Option<&[u8]>,
    left: Option<Duration>,
) -> Refusal {
    let body = match begun {
        Some(begun) => read_body(stream, &response, begun, left).await,
        None => Vec::new(),
    };
    Refusal {
        status: response.status,
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
    // Late or broken, what has come of the body is worth more than an error about the body.
    let _ = timeout(limit, reading).await;
    body.into_bytes()
}
