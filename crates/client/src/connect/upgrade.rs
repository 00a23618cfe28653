//! Step four: the HTTP upgrade (RFC 6455 section 4). The rules are in `websocket-rs-protocol`; this
//! file moves the bytes.

use super::tls;
use crate::error::{Error, ErrorKind, Phase, Refusal};
use crate::io::Stream;
use crate::options::ConnectOptions;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use websocket_rs_protocol::headers::Header;
use websocket_rs_protocol::redirect::is_redirect;
use websocket_rs_protocol::request::UpgradeRequest;
use websocket_rs_protocol::response::{ErrorBody, Response, ResponseReader, Violation, judge};
use websocket_rs_protocol::target::Target;

/// How long the body of a refusal may take: it only explains an error that is certain already.
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(2);

/// The request, checked and encoded before anything is opened.
pub(super) struct Request<'a> {
    bytes: Vec<u8>,
    key: String,
    protocols: &'a [String],
}

/// An upgraded stream.
pub(super) struct Upgraded {
    pub(super) stream: Stream,
    pub(super) protocol: String,
    /// Bytes the server sent right behind its response.
    pub(super) tail: Vec<u8>,
}

impl<'a> Request<'a> {
    pub(super) fn new(
        options: &'a ConnectOptions,
        target: &Target,
        headers: &[Header],
    ) -> Result<Self, Error> {
        let request = UpgradeRequest {
            target,
            nonce: rand::random(),
            protocols: &options.protocols,
            origin: options.origin.as_deref(),
            headers,
        };
        let bytes = request
            .to_bytes()
            .map_err(|error| Error::new(Phase::Options, error))?;
        Ok(Self {
            bytes,
            key: request.key(),
            protocols: &options.protocols,
        })
    }
}

/// Sends the request and judges the answer.
///
/// `left` is what is left of the deadline over all of connecting. A refusal that is certain is told
/// before it runs out, with as much of its body as came; that of a redirect that is followed is not read.
pub(super) async fn upgrade(
    mut stream: Stream,
    request: &Request<'_>,
    left: Option<Duration>,
    follows: bool,
) -> Result<Upgraded, Error> {
    stream.write_all(&request.bytes).await.map_err(lost)?;
    stream.flush().await.map_err(lost)?;
    let (response, tail) = read_head(&mut stream).await?;
    match judge(&response, &request.key, request.protocols) {
        Ok(accepted) => Ok(Upgraded {
            stream,
            protocol: accepted.protocol,
            tail,
        }),
        Err(violation) => {
            let unread = follows && is_redirect(response.status);
            let body = if response.status == 101 || unread {
                Vec::new()
            } else {
                read_body(&mut stream, &response, &tail, left).await
            };
            let refusal = Refusal {
                status: response.status,
                headers: response.headers,
                body,
            };
            Err(refused(violation, Some(refusal)))
        }
    }
}

async fn read_head(stream: &mut Stream) -> Result<(Response, Vec<u8>), Error> {
    let mut reader = ResponseReader::default();
    let mut chunk = vec![0; 1024];
    loop {
        let count = stream.read(&mut chunk).await.map_err(lost)?;
        if count == 0 {
            return Err(lost(io::ErrorKind::UnexpectedEof.into()));
        }
        match reader.handle_bytes(chunk.get(..count).unwrap_or_default()) {
            Ok(Some(whole)) => return Ok(whole),
            Ok(None) => {}
            Err(violation) => return Err(refused(violation, None)),
        }
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

/// With TLS 1.3 a server says only here that it wants another certificate.
fn lost(error: io::Error) -> Error {
    tls::failed(Phase::Upgrade, error)
}

fn refused(violation: Violation, refusal: Option<Refusal>) -> Error {
    Error::new(
        Phase::Upgrade,
        ErrorKind::Handshake {
            violation,
            refusal: refusal.map(Box::new),
        },
    )
}
