//! From a URL to an open connection, readable as a list of steps under one deadline.
//!
//! Each step is a file: it says what it needs, what it gives and how it fails. Dropping the future
//! at any point closes whatever was open.

mod attempt;
mod dial;
mod getaddrinfo;
mod lookup;
mod options;
mod progress;
pub(crate) mod proxy;
mod redirects;
mod resolve;
mod response;
mod tls;
mod upgrade;

pub use lookup::{Family, Lookup, Resolving};
pub use options::{ConnectOptions, ProxyOption};
pub use tls::{Identity, TlsOptions, TlsParameters, Trust};

use crate::connection::Connection;
use crate::error::{Error, ErrorKind};
use futures_util::FutureExt as _;
use progress::Progress;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

/// How often the socket is looked at after the deadline: the answer may take several reads.
const LATE_POLLS: usize = 4;

/// Opens a connection. Runs on Tokio; the connection it gives no longer does.
pub async fn connect(options: ConnectOptions) -> Result<Connection, Error> {
    let progress = Progress::new(options.connect_timeout);
    // Whoever waits for a task that has panicked would wait for ever.
    let steps = AssertUnwindSafe(redirects::open(&options, &progress))
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
    for _ in 0..LATE_POLLS {
        // Tokio asks the kernel for events before it runs a task that has yielded.
        tokio::task::yield_now().await;
        if let Some(outcome) = (&mut future).now_or_never() {
            return Some(outcome);
        }
    }
    None
}
