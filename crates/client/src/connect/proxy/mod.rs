//! Steps one and two through a proxy: its address, a connection to it, TLS where it wants it, and a tunnel to the
//! target, by HTTP's CONNECT or by SOCKS.

mod http;
mod socks;

use super::lookup::Family;
use super::options::{ConnectOptions, ProxyOption};
use super::progress::Progress;
use super::{dial, resolve, tls};
use crate::error::{Error, ErrorKind, Phase, ProxyFailure};
use crate::transport::Stream;
use tokio_socks::TargetAddr;
use websocket_rs_protocol::headers::{Header, check_for_proxy};
use websocket_rs_protocol::proxy::{Proxy, Scheme};
use websocket_rs_protocol::target::{Name, Target};

/// A proxy and what it needs, made before anything is opened.
pub(super) struct PreparedProxy {
    proxy: Proxy,
    tls: Option<tls::PreparedTls>,
}

/// The proxy to the target, where there is one.
pub(super) fn prepare(options: &ConnectOptions, target: &Target) -> Result<Option<PreparedProxy>, Error> {
    // Also where no proxy is asked: a mistake shows at once, and not first in another network.
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

/// Why this proxy cannot be asked for this target; none where it can.
fn limit(proxy: &Proxy, target: &Target, family: Family) -> Option<&'static str> {
    if matches!(target.host, Name::Scoped(..)) {
        return Some("which link an address with a zone is on, nobody else knows");
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
    // The target's address is the caller's to know: that it has none is no failure of the proxy.
    let destination = socks::destination(proxy.scheme, target, options).await?;
    let through = async {
        let mut stream = reach(&proxy, tls, options)
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

/// Has the proxy connect to the target: by SOCKS where there is a destination for it, or by HTTP.
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

/// Asks for a tunnel to an address over a stream that has been opened already.
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
) -> Result<Stream, Error> {
    let addresses = resolve::resolve(&proxy.host, proxy.port, options.family, options).await?;
    let socket = dial::dial(addresses, options.local_address).await?;
    tls::secure(Stream::Plain(socket), tls).await
}
