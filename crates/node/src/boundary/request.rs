//! What `connect` is asked for, from the object of `src/native.ts` to the client's terms.
//!
//! `None` stands for "left out". Defaults and friendly checks are TypeScript's.

use super::objects::{bytes, duration};
use napi_derive::napi;
use std::sync::Arc;
use std::time::Duration;
use websocket_rs_client::busy_poll::Mode;
use websocket_rs_client::connect::Trust;
use websocket_rs_client::proxy::{Proxy, ProxyUrlError, ProxyVariables};
use websocket_rs_client::target::Target;
use websocket_rs_client::{
    ConnectOptions, Error, ErrorKind, Family, Identity, KeepaliveOptions, Phase, ProxyOption, TlsOptions,
    TlsParameters,
};

/// What to connect to and how. Times are milliseconds, none for no limit.
#[napi(object, object_to_js = false)]
pub(crate) struct ConnectRequest {
    /// The URL as the caller gave it.
    pub url: String,
    /// One deadline over all phases.
    pub connect_timeout: Option<f64>,
    /// Request headers, names and values in turn.
    pub headers: Vec<String>,
    /// Subprotocols.
    pub protocols: Vec<String>,
    /// `Origin` header.
    pub origin: Option<String>,
    /// Redirects to follow.
    pub max_redirects: u32,
    /// `tls`.
    pub tls: TlsRequest,
    /// URL of the proxy that was given.
    pub proxy: Option<String>,
    /// The environment's variables about proxies, names and values in turn, where it is asked.
    pub proxy_variables: Option<Vec<String>>,
    /// `proxyHeaders`, names and values in turn.
    pub proxy_headers: Option<Vec<String>>,
    /// `proxyTls`.
    pub proxy_tls: Option<TlsRequest>,
    /// 0, 4 or 6.
    pub family: u32,
    /// Address to bind to.
    pub local_address: Option<String>,
    /// Bytes of one incoming message.
    pub max_message_size: Option<f64>,
    /// Bytes of unsent data at which `send` waits.
    pub high_water_mark: f64,
    /// Time between pings.
    pub ping_interval: Option<f64>,
    /// Silence after a ping that means the peer is gone.
    pub ping_timeout: Option<f64>,
    /// Microseconds, 0 for never, none for as long as it pays.
    pub busy_poll: Option<f64>,
}

/// How TLS is to be spoken, and whose certificates are believed.
#[napi(object, object_to_js = false)]
pub(crate) struct TlsRequest {
    /// The caller's `ca`, PEM.
    pub ca: Option<Vec<String>>,
    /// `rejectUnauthorized`.
    pub reject_unauthorized: bool,
    /// `cert`, PEM; never without the key.
    pub cert: Option<String>,
    /// `key`, PEM, not encrypted.
    pub key: Option<String>,
    /// `servername`; empty for none.
    pub servername: Option<String>,
    /// Whether `minVersion` lets TLS 1.2 in.
    pub tls12: bool,
    /// Whether `maxVersion` lets TLS 1.3 in.
    pub tls13: bool,
    /// `ALPNProtocols`.
    pub alpn: Vec<String>,
    /// File for secrets.
    pub key_log: Option<String>,
}

impl ConnectRequest {
    /// The request in the client's terms, with the trust that is found for each `ca`.
    pub(crate) fn into_options(
        self,
        find_trust: impl Fn(Option<&Vec<String>>) -> Arc<Trust>,
    ) -> Result<ConnectOptions, Error> {
        let wrong = |kind: ErrorKind| Error::new(Phase::Options, kind);
        let local_address = self
            .local_address
            .map(|text| text.parse().map_err(|_| wrong(ErrorKind::LocalAddress(text))));
        Ok(ConnectOptions {
            target: Target::parse(&self.url).map_err(|error| wrong(error.into()))?,
            connect_timeout: duration(self.connect_timeout),
            headers: pairs(self.headers),
            protocols: self.protocols,
            origin: self.origin,
            max_redirects: self.max_redirects,
            tls: self.tls.into_options(&find_trust),
            proxy: proxy(self.proxy.as_deref(), self.proxy_variables).map_err(|error| wrong(error.into()))?,
            proxy_headers: self.proxy_headers.map_or_else(Vec::new, pairs),
            proxy_tls: self
                .proxy_tls
                .map_or_else(TlsOptions::default, |tls| tls.into_options(&find_trust)),
            family: match self.family {
                4 => Family::V4,
                6 => Family::V6,
                _ => Family::Any,
            },
            lookup: None,
            local_address: local_address.transpose()?,
            max_message_size: self.max_message_size.map(bytes),
            keepalive: KeepaliveOptions {
                interval: duration(self.ping_interval),
                timeout: duration(self.ping_timeout),
            },
            busy_poll: busy_poll(self.busy_poll),
        })
    }
}

impl TlsRequest {
    fn into_options(self, find_trust: impl Fn(Option<&Vec<String>>) -> Arc<Trust>) -> TlsOptions {
        TlsOptions {
            trust: find_trust(self.ca.as_ref()),
            parameters: TlsParameters {
                reject_unauthorized: self.reject_unauthorized,
                identity: self.cert.zip(self.key).map(|(cert, key)| Identity { cert, key }),
                server_name: self.servername,
                tls12: self.tls12,
                tls13: self.tls13,
                alpn: self.alpn,
                key_log: self.key_log,
            },
        }
    }
}

fn proxy(url: Option<&str>, variables: Option<Vec<String>>) -> Result<ProxyOption, ProxyUrlError> {
    Ok(match (url, variables) {
        (Some(url), _) => ProxyOption::Given(Proxy::parse(url)?),
        (None, Some(variables)) => ProxyOption::Environment(ProxyVariables::new(&pairs(variables))),
        (None, None) => ProxyOption::None,
    })
}

fn busy_poll(microseconds: Option<f64>) -> Mode {
    match microseconds.map(|count| Duration::try_from_secs_f64(count / 1e6)) {
        None => Mode::Auto,
        Some(Ok(window)) if !window.is_zero() => Mode::Fixed(window),
        Some(_) => Mode::Off,
    }
}

fn pairs(flat: Vec<String>) -> Vec<(String, String)> {
    let mut items = flat.into_iter();
    std::iter::from_fn(|| items.next().zip(items.next())).collect()
}
