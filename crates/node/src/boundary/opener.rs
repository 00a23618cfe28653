//! The caller's streams: Tokio asks for one, the JavaScript thread opens it and replies.

use napi::bindgen_prelude::ToNapiValue;
use napi::{Result, sys};
use std::fmt;
use std::net::IpAddr;
use tokio::sync::oneshot;
use websocket_rs_client::connect::{Destination, Opener, Opening, TlsPeer};
use websocket_rs_client::{Relay, RelayError, RelayStream};

/// `open`: connect to a host.
pub(crate) const OPEN_HOST: u32 = 0;
/// `open`: connect to a Unix socket.
pub(crate) const OPEN_UNIX: u32 = 1;
/// `open`: run the TLS handshake with the server.
pub(crate) const OPEN_TLS: u32 = 2;
/// `open`: run the TLS handshake with the proxy.
pub(crate) const OPEN_PROXY_TLS: u32 = 3;

/// The outcome of a step; the stream is that of a new one.
pub(crate) type OpenResult = std::result::Result<Option<RelayStream>, RelayError>;

/// A step that JavaScript has to take.
#[derive(Debug)]
pub(crate) struct OpenRequest {
    kind: u32,
    /// The host, or the path of a Unix socket.
    host: String,
    port: u16,
    /// The addresses of the host.
    addresses: Vec<IpAddr>,
    /// The stream to run TLS over.
    relay: u64,
    reply: oneshot::Sender<OpenResult>,
}

impl OpenRequest {
    /// Returns the arguments of the JavaScript function and the sender of its result.
    #[allow(clippy::cast_precision_loss)] // A key of the table of streams, which is a safe integer.
    pub(crate) fn into_arguments(
        self,
        raw: sys::napi_env,
    ) -> Result<([sys::napi_value; 5], oneshot::Sender<OpenResult>)> {
        let addresses = self.addresses.iter().map(ToString::to_string).collect();
        // SAFETY: callers are on the environment's thread with a handle scope open.
        let arguments = unsafe {
            [
                u32::to_napi_value(raw, self.kind)?,
                String::to_napi_value(raw, self.host)?,
                u32::to_napi_value(raw, self.port.into())?,
                f64::to_napi_value(raw, self.relay as f64)?,
                Vec::<String>::to_napi_value(raw, addresses)?,
            ]
        };
        Ok((arguments, self.reply))
    }
}

/// An opener that passes each request to a function, which sends it to the JavaScript thread.
pub(crate) struct JavaScriptOpener<F> {
    send: F,
    takes_names: bool,
}

impl<F: Fn(OpenRequest) + Send + Sync> JavaScriptOpener<F> {
    /// `takes_names` is whether the function takes hosts without their addresses.
    pub(crate) fn new(takes_names: bool, send: F) -> Self {
        Self { send, takes_names }
    }

    fn request(
        &self,
        kind: u32,
        host: String,
        port: u16,
        relay: u64,
        addresses: Vec<IpAddr>,
    ) -> Opening<Option<RelayStream>> {
        let (reply, replied) = oneshot::channel();
        (self.send)(OpenRequest {
            kind,
            host,
            port,
            addresses,
            relay,
            reply,
        });
        // The sender is dropped without a reply if the environment ends.
        Box::pin(async move { replied.await.unwrap_or_else(|_| Err(unanswered())) })
    }
}

impl<F: Fn(OpenRequest) + Send + Sync> Opener for JavaScriptOpener<F> {
    fn takes_names(&self) -> bool {
        self.takes_names
    }

    fn dial(&self, destination: Destination) -> Opening<RelayStream> {
        let opening = match destination {
            Destination::Host(host, port, addresses) => self.request(OPEN_HOST, host, port, 0, addresses),
            Destination::Unix(path) => self.request(OPEN_UNIX, path, 0, 0, Vec::new()),
        };
        Box::pin(async move { opening.await?.ok_or_else(unanswered) })
    }

    fn secure(&self, stream: &Relay, host: String, port: u16, peer: TlsPeer) -> Opening<()> {
        let kind = match peer {
            TlsPeer::Target => OPEN_TLS,
            TlsPeer::Proxy => OPEN_PROXY_TLS,
        };
        let opening = self.request(kind, host, port, stream.id(), Vec::new());
        Box::pin(async move { opening.await.map(drop) })
    }
}

impl<F> fmt::Debug for JavaScriptOpener<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JavaScriptOpener").finish_non_exhaustive()
    }
}

fn unanswered() -> RelayError {
    RelayError {
        code: "ECANCELED".to_owned(),
        message: "the thread that opens streams has ended".to_owned(),
    }
}
