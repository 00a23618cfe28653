//! A connection over a stream on which the caller has performed the opening handshake.

use super::attempt::open_upgraded;
use super::options::ConnectOptions;
use super::upgrade::UpgradedStream;
use crate::connection::Connection;
use crate::error::{Error, ErrorKind, Phase};
use crate::transport::{RelayStream, Socket, Stream};
use websocket_rs_protocol::headers::Header;
use websocket_rs_protocol::response::{Response, judge};

/// The status of a response that switches protocols.
const SWITCHING_PROTOCOLS: u16 = 101;

/// A response that has switched protocols.
#[derive(Debug, Default)]
pub struct UpgradeResponse {
    /// The value of `Sec-WebSocket-Key` in the request.
    pub key: String,
    /// The headers of the response.
    pub headers: Vec<Header>,
    /// Bytes that followed the response.
    pub head: Vec<u8>,
}

/// Opens a connection over a stream that has been upgraded. Checks the response against the subprotocols and the
/// extensions that the options offer.
pub fn open_over(
    options: &ConnectOptions,
    stream: RelayStream,
    UpgradeResponse { key, headers, head }: UpgradeResponse,
) -> Result<Connection, Error> {
    let response = Response {
        minor_version: 1,
        status: SWITCHING_PROTOCOLS,
        reason: String::new(),
        headers,
    };
    let offer = options.compression.map(|compression| compression.offer);
    let accepted = judge(&response, &key, &options.protocols, offer).map_err(|violation| {
        let rejection = None;
        Error::new(Phase::Upgrade, ErrorKind::Handshake { violation, rejection })
    })?;
    let upgraded = UpgradedStream {
        stream: Stream::Plain(Socket::relayed(stream)),
        protocol: accepted.protocol,
        deflate: accepted.deflate,
        headers: response.headers,
        tail: head,
    };
    open_upgraded(options, upgraded, None)
}
