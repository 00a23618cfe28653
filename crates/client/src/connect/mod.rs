//! From a URL to an open connection, readable as a list of steps under one deadline.
//!
//! Each step is a file: it says what it needs, what it gives and how it fails. Dropping the future
//! at any point closes whatever was open.

mod answer;
mod dial;
mod lookup;
pub(crate) mod proxy;
mod resolve;
mod system_resolver;
mod tls;
mod upgrade;

pub use lookup::{Lookup, Resolving};
pub(crate) use tls::Reason;
pub use tls::Trust;

use crate::connection::Connection;
use crate::error::{Error, ErrorKind, Phase};
use crate::framing::Framing;
use crate::io::Stream;
use crate::options::{ConnectOptions, Family, TlsOptions};
use futures_util::FutureExt as _;
use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};
use websocket_rs_protocol::headers::Header;
use websocket_rs_protocol::redirect::{RedirectError, follow, is_redirect, is_same_origin, without_private};
use websocket_rs_protocol::response::Violation;
use websocket_rs_protocol::target::Target;

/// How often the socket is looked at after the deadline: the answer may take several reads.
const LATE_LOOKS: usize = 4;

/// How far a connect is: the step for the error when its time runs out, and the time.
struct Progress {
    reached: AtomicU8,
    started: Instant,
    limit: Option<Duration>,
}

impl Progress {
    fn new(limit: Option<Duration>) -> Self {
        Self {
            reached: AtomicU8::new(Phase::Resolve as u8),
            started: Instant::now(),
            limit,
        }
    }

    fn enter(&self, phase: Phase) {
        self.reached.store(phase as u8, Ordering::Relaxed);
    }

    /// What is left of the deadline.
    fn left(&self) -> Option<Duration> {
        Some(self.limit?.saturating_sub(self.started.elapsed()))
    }

    fn phase(&self) -> Phase {
        let reached = self.reached.load(Ordering::Relaxed);
        [Phase::Dial, Phase::Proxy, Phase::Tls, Phase::Upgrade]
            .into_iter()
            .find(|phase| *phase as u8 == reached)
            .unwrap_or(Phase::Resolve)
    }
}

/// Opens a connection. Runs on Tokio; the connection it gives no longer does.
pub async fn connect(options: ConnectOptions) -> Result<Connection, Error> {
    let progress = Progress::new(options.connect_timeout);
    // Whoever waits for a task that has panicked would wait for ever.
    let steps = AssertUnwindSafe(steps(&options, &progress))
        .catch_unwind()
        .map(|outcome| outcome.unwrap_or_else(|_| Err(Error::new(progress.phase(), ErrorKind::Internal))));
    let Some(limit) = options.connect_timeout else {
        return steps.await;
    };
    within(limit, steps).await.unwrap_or_else(|| {
        let kind = ErrorKind::ConnectTimeout(limit.as_millis());
        Err(Error::new(progress.phase(), kind))
    })
}

/// Runs a future under a deadline; `None` if that passed. What has arrived in time counts although it has not been read:
/// the system may have stopped this process until after the deadline.
async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    if let Ok(outcome) = tokio::time::timeout(limit, &mut future).await {
        return Some(outcome);
    }
    for _ in 0..LATE_LOOKS {
        // Tokio asks the kernel for events before it runs a task that has yielded.
        tokio::task::yield_now().await;
        if let Some(outcome) = (&mut future).now_or_never() {
            return Some(outcome);
        }
    }
    None
}

/// Follows redirects to the end.
async fn steps(options: &ConnectOptions, progress: &Progress) -> Result<Connection, Error> {
    let mut target = options.target.clone();
    let mut headers = options.headers.clone();
    let mut tls = options.tls.clone();
    let mut followed = 0;
    loop {
        let error = match attempt(options, &target, &headers, &tls, progress).await {
            Ok(connection) => return Ok(connection),
            Err(error) => error,
        };
        let next = redirected(options, &target, followed, error)?;
        if !is_same_origin(&target, &next) {
            headers = without_private(&headers);
            tls.parameters.leave_origin();
        }
        target = next;
        followed += 1;
    }
}

/// Where an answer leads that is a redirect to follow; any other error stays what it is.
fn redirected(options: &ConnectOptions, from: &Target, followed: u32, error: Error) -> Result<Target, Error> {
    let refusal = match error.kind {
        ErrorKind::Handshake {
            violation: Violation::Status(status),
            refusal: Some(refusal),
        } if options.max_redirects > 0 && is_redirect(status) => refusal,
        kind => return Err(Error::new(error.phase, kind)),
    };
    let locations: Vec<Cow<'_, str>> = refusal
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("location"))
        .map(|(_, value)| as_utf8(value))
        .collect();
    let next = if followed >= options.max_redirects {
        Err(RedirectError::TooMany(followed))
    } else {
        follow(from, &locations)
    };
    next.and_then(|next| check_proxy(options, next))
        .map_err(|reason| {
            let kind = ErrorKind::Handshake {
                violation: Violation::Redirect(reason),
                refusal: Some(refusal),
            };
            Error::new(Phase::Upgrade, kind)
        })
}

/// What the proxy cannot be told of is the server's mistake here, and not the caller's.
fn check_proxy(options: &ConnectOptions, next: Target) -> Result<Target, RedirectError> {
    match proxy::prepare(options, &next) {
        Err(error) if matches!(error.kind, ErrorKind::ProxyLimit { .. }) => {
            Err(RedirectError::Proxy(error.kind.to_string()))
        }
        Ok(_) | Err(_) => Ok(next),
    }
}

/// A header's value was read as Latin-1; a URL beyond ASCII is mostly sent as UTF-8.
fn as_utf8(value: &str) -> Cow<'_, str> {
    let bytes: Option<Vec<u8>> = value.chars().map(|char| u8::try_from(char).ok()).collect();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map_or(Cow::Borrowed(value), Cow::Owned)
}

/// A Unix socket has no addresses to choose from.
fn check_socket(options: &ConnectOptions, target: &Target) -> Result<(), Error> {
    let useless = match (&target.socket, options.local_address, options.family) {
        (Some(_), Some(_), _) => "localAddress",
        (Some(_), None, Family::V4 | Family::V6) => "family",
        _ => return Ok(()),
    };
    Err(Error::new(Phase::Options, ErrorKind::NotForSocket(useless)))
}

/// Connects to the target itself.
async fn reach(options: &ConnectOptions, target: &Target, progress: &Progress) -> Result<Stream, Error> {
    let socket = if let Some(path) = &target.socket {
        progress.enter(Phase::Dial);
        dial::dial_unix(path).await?
    } else {
        let addresses = resolve::resolve(&target.host, target.port, options.family, options).await?;
        progress.enter(Phase::Dial);
        dial::dial(addresses, options.local_address).await?
    };
    Ok(Stream::Plain(socket))
}

async fn attempt(
    options: &ConnectOptions,
    target: &Target,
    headers: &[Header],
    tls_options: &TlsOptions,
    progress: &Progress,
) -> Result<Connection, Error> {
    progress.enter(Phase::Resolve);
    // What the caller got wrong is said before anything is opened.
    check_socket(options, target)?;
    let request = upgrade::Request::new(options, target, headers)?;
    let prepared = tls::prepare("tls", target.secure, &target.host, tls_options)?;
    let stream = match proxy::prepare(options, target)? {
        None => reach(options, target, progress).await?,
        Some(proxy) => {
            progress.enter(Phase::Proxy);
            proxy::tunnel(proxy, target, options, progress).await?
        }
    };
    progress.enter(Phase::Tls);
    let stream = tls::secure(stream, prepared).await?;
    progress.enter(Phase::Upgrade);
    let upgraded = upgrade::upgrade(stream, &request, progress, options.max_redirects > 0).await?;
    let mut stream = upgraded.stream;
    stream
        .socket_mut()
        .adopt()
        .map_err(|error| Error::new(Phase::Upgrade, ErrorKind::HandshakeLost(error)))?;
    let framing = Framing::new(stream, upgraded.tail, options.max_message_size)
        .ok_or_else(|| Error::new(Phase::Upgrade, ErrorKind::Closing))?;
    let connection = Connection::new(framing, upgraded.protocol, options.keepalive, options.busy_poll);
    Ok(connection.with_response_headers(upgraded.headers))
}
