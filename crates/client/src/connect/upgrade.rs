//! Step four: sends the upgrade request and reads the response (RFC 6455 section 4). `websocket-rs-protocol` has the
//! rules.

use super::options::ConnectOptions;
use super::progress::Progress;
use super::response::{UnreadResponse, read_head, read_rejection};
use super::tls;
use crate::error::{Error, ErrorKind, Phase, Rejection};
use crate::transport::Stream;
use std::io;
use tokio::io::AsyncWriteExt;
use websocket_rs_protocol::extensions::deflate::{DeflateOffer, DeflateParameters};
use websocket_rs_protocol::headers::Header;
use websocket_rs_protocol::redirect::is_redirect;
use websocket_rs_protocol::request::UpgradeRequest;
use websocket_rs_protocol::response::{Beginning, HandshakeError, Response, judge};
use websocket_rs_protocol::target::Target;

/// The upgrade request, checked and encoded before anything is opened.
#[derive(Debug)]
pub(super) struct EncodedRequest {
    pub(super) bytes: Vec<u8>,
    key: String,
    deflate: Option<DeflateOffer>,
}

/// A response to the upgrade request that does not open the connection.
#[derive(Debug)]
pub(super) struct RefusedUpgrade {
    pub(super) stream: Stream,
    response: Response,
    /// Bytes that followed the head of the response.
    tail: Vec<u8>,
    violation: HandshakeError,
}

/// The stream after the upgrade.
pub(super) struct UpgradedStream {
    pub(super) stream: Stream,
    pub(super) protocol: String,
    /// What was agreed on for permessage-deflate.
    pub(super) deflate: Option<DeflateParameters>,
    /// Headers of the upgrade response.
    pub(super) headers: Vec<Header>,
    /// Bytes that followed the upgrade response.
    pub(super) tail: Vec<u8>,
}

impl EncodedRequest {
    pub(super) fn new(options: &ConnectOptions, target: &Target, headers: &[Header]) -> Result<Self, Error> {
        let deflate = options.compression.map(|compression| compression.offer);
        let request = UpgradeRequest {
            target,
            nonce: rand::random(),
            protocols: &options.protocols,
            origin: options.origin.as_deref(),
            deflate,
            headers,
        };
        let bytes = request
            .to_bytes()
            .map_err(|error| Error::new(Phase::Options, error))?;
        Ok(Self {
            bytes,
            key: request.key(),
            deflate,
        })
    }

    /// Checks the response to the request. `protocols` are the subprotocols that were offered.
    pub(super) fn judge(
        &self,
        protocols: &[String],
        stream: Stream,
        (response, tail): (Response, Vec<u8>),
    ) -> Result<UpgradedStream, Box<RefusedUpgrade>> {
        match judge(&response, &self.key, protocols, self.deflate) {
            Ok(accepted) => Ok(UpgradedStream {
                stream,
                protocol: accepted.protocol,
                deflate: accepted.deflate,
                headers: response.headers,
                tail,
            }),
            Err(violation) => Err(Box::new(RefusedUpgrade {
                stream,
                response,
                tail,
                violation,
            })),
        }
    }
}

impl RefusedUpgrade {
    /// Reads the body of the response, before the deadline passes, and returns the error. `follows` is whether redirects
    /// are followed; their bodies are not read.
    pub(super) async fn into_error(self, progress: &Progress, follows: bool) -> Error {
        let Self {
            mut stream,
            response,
            tail,
            violation,
        } = self;
        let has_body = response.status != 101 && !(follows && is_redirect(response.status));
        let body = has_body.then_some(&tail[..]);
        let rejection = read_rejection(&mut stream, response, body, progress.left()).await;
        rejected(violation, Some(rejection))
    }
}

/// Sends the upgrade request and checks the response.
///
/// A rejection is returned before the deadline passes, with as much of its body as has arrived.
pub(super) async fn upgrade(
    mut stream: Stream,
    request: &EncodedRequest,
    options: &ConnectOptions,
    progress: &Progress,
) -> Result<UpgradedStream, Error> {
    stream.write_all(&request.bytes).await.map_err(lost)?;
    stream.flush().await.map_err(lost)?;
    let head = read_head(&mut stream).await.map_err(unread)?;
    match request.judge(&options.protocols, stream, head) {
        Ok(upgraded) => Ok(upgraded),
        Err(refused) => Err(refused.into_error(progress, options.max_redirects > 0).await),
    }
}

/// Returns the error if no response could be read.
pub(super) fn unread(unread: UnreadResponse) -> Error {
    match unread {
        UnreadResponse::Lost(error, beginning) => lost_within(error, beginning),
        UnreadResponse::Invalid(violation) => rejected(violation, None),
    }
}

/// Returns the error of a lost connection. With TLS 1.3, this is the first time that a server can reject the client's
/// certificate.
pub(super) fn lost(error: io::Error) -> Error {
    tls::failed(Phase::Upgrade, error)
}

/// Returns the error of a connection that was lost within the response.
fn lost_within(error: io::Error, beginning: Option<Beginning>) -> Error {
    let Error { phase, kind } = lost(error);
    match (kind, beginning) {
        (ErrorKind::HandshakeLost(source), Some(beginning)) => {
            Error::new(phase, ErrorKind::ResponseLost { source, beginning })
        }
        (kind, _) => Error::new(phase, kind),
    }
}

fn rejected(violation: HandshakeError, rejection: Option<Rejection>) -> Error {
    Error::new(
        Phase::Upgrade,
        ErrorKind::Handshake {
            violation,
            rejection: rejection.map(Box::new),
        },
    )
}
