//! Steps one and two through a proxy: connects to it, with TLS for `https:`, and opens a tunnel to the target by HTTP's
//! CONNECT or by SOCKS.

mod http;
mod socks;

use super::lookup::Family;
use super::opener::TlsPeer;
use super::options::{ConnectOptions, ProxyOption};
use super::progress::Progress;
use super::{dial, resolve, streams, tls};
use crate::error::{Error, ErrorKind, Phase, ProxyFailure};
use crate::transport::Stream;
use tokio_socks::TargetAddr;
use websocket_rs_protocol::headers::{Header, check_for_proxy};
use websocket_rs_protocol::proxy::{Proxy, Scheme};
use websocket_rs_protocol::target::{Name, Target};

/// A proxy with its TLS configuration, checked before anything is opened.
pub(super) struct PreparedProxy {
    proxy: Proxy,
    tls: Option<tls::PreparedTls>,
}

/// Returns the proxy to the target, or `None` to connect directly.
pub(super) fn prepare(options: &ConnectOptions, target: &Target) -> Result<Option<PreparedProxy>, Error> {
    // Checked even without a proxy, so that a mistake does not appear only in another network.
    tls::check("proxyTls", &options.proxy_tls)?;
    check_for_proxy(&options.proxy_headers)
        .map_err(|error| Error::new(Phase::Options, ErrorKind::ProxyHeader(error)))?;
    let chosen = match &options.proxy {
        ProxyOption::None => None,
        ProxyOption::Given(_) if target.socket.is_some() => {
            return Err(Error::new(Phase::Options, ErrorKind::NotForSocket("proxy")));
        }
        ProxyOption::Given(proxy) => Some(proxy.clone()),
        ProxyOption::Environment(environment) => environment
            .proxy_for(target)
            .map_err(|error| Error::new(Phase::Options, error))?,
    };
    let Some(proxy) = chosen else {
        return Ok(None);
    };
    if let Some(limit) = limit(&proxy, target, options.family) {
        let proxy = proxy.to_string();
        return Err(Error::new(Phase::Options, ErrorKind::ProxyLimit { proxy, limit }));
    }
    let is_secure = proxy.scheme == Scheme::Https;
    let tls = tls::prepare("proxyTls", is_secure, &proxy.host, &options.proxy_tls)?;
    Ok(Some(PreparedProxy { proxy, tls }))
}

/// Returns why a proxy cannot connect to a target, if it cannot.
fn limit(proxy: &Proxy, target: &Target, family: Family) -> Option<&'static str> {
    if matches!(target.host, Name::Scoped(..)) {
        return Some("the zone of an IPv6 address has no meaning on another machine");
    }
    socks::limit(proxy, target, family)
}

/// Opens a tunnel to the target.
pub(super) async fn tunnel(
    prepared: PreparedProxy,
    target: &Target,
    options: &ConnectOptions,
    progress: &Progress,
) -> Result<Stream, Error> {
    let PreparedProxy { proxy, tls } = prepared;
    // If a local lookup finds no address of the target, that is no failure of the proxy.
    let destination = socks::destination(proxy.scheme, target, options).await?;
    let through = async {
        let mut stream = reach(&proxy, tls, options, progress)
            .await
            .map_err(|error| ProxyFailure::Unreachable(Box::new(error)))?;
        open(
            &mut stream,
            &proxy,
            target,
            destination,
            &options.proxy_headers,
            progress,
        )
        .await?;
        Ok(stream)
    };
    through.await.map_err(|failure| {
        let proxy = proxy.to_string();
        Error::new(Phase::Proxy, ErrorKind::Proxy { proxy, failure })
    })
}

/// Opens the tunnel: by SOCKS if there is a destination for it, or by CONNECT.
async fn open(
    stream: &mut Stream,
    proxy: &Proxy,
    target: &Target,
    destination: Option<TargetAddr<'static>>,
    headers: &[Header],
    progress: &Progress,
) -> Result<(), ProxyFailure> {
    match destination {
        Some(destination) => socks::connect(stream, proxy, destination).await,
        None => http::connect(stream, proxy, target, headers, progress).await,
    }
}

/// Opens a tunnel over a stream that is open already.
#[cfg(feature = "fuzzing")]
pub(crate) async fn open_over(
    mut stream: Stream,
    proxy: &Proxy,
    target: &Target,
) -> Result<(), ProxyFailure> {
    if let Some(limit) = limit(proxy, target, Family::Any) {
        return Err(ProxyFailure::Socks {
            code: "EINVAL",
            message: limit.to_owned(),
        });
    }
    let address = TargetAddr::Domain(target.host.to_text().into(), target.port);
    let destination = (!matches!(proxy.scheme, Scheme::Http | Scheme::Https)).then_some(address);
    open(&mut stream, proxy, target, destination, &[], &Progress::new(None)).await
}

/// Connects to the proxy itself.
async fn reach(
    proxy: &Proxy,
    tls: Option<tls::PreparedTls>,
    options: &ConnectOptions,
    progress: &Progress,
) -> Result<Stream, Error> {
    if let Some(opener) = &options.opener {
        let host = (&proxy.host, proxy.port);
        let socket = streams::dial_host(&**opener, host, options, progress, Phase::Proxy).await?;
        let stream = Stream::Plain(socket);
        if proxy.scheme == Scheme::Https {
            streams::secure(options, &stream, (&proxy.host, proxy.port), TlsPeer::Proxy).await?;
        }
        return Ok(stream);
    }
    let addresses = resolve::resolve(&proxy.host, proxy.port, options.family, options).await?;
    let socket = dial::dial(addresses, options.local_address).await?;
    tls::secure(Stream::Plain(socket), tls).await
}
