//! From a URL to an open connection, under one deadline: on Tokio, or `direct` on the event loop of the caller.
//!
//! `attempt` lists the steps, each of which is a file; `redirects` repeats them at the next target. Dropping the future
//! at any point closes what has been opened.

mod attempt;
mod dial;
mod direct;
mod getaddrinfo;
mod lookup;
mod opener;
mod options;
mod over;
mod progress;
pub(crate) mod proxy;
mod redirects;
mod resolve;
mod response;
mod streams;
mod tls;
mod upgrade;

pub use direct::{DirectAnswer, DirectConnect, DirectEnd, RefusedConnect, UnusedSocket};
pub use lookup::{Family, Lookup, Resolving};
pub use opener::{Destination, Opener, Opening, TlsPeer};
pub use options::{ConnectOptions, ProxyOption};
pub use over::{UpgradeResponse, open_over};
pub use tls::{Identity, TlsOptions, TlsParameters, Trust};

use crate::connection::Connection;
use crate::error::{Error, ErrorKind};
use futures_util::FutureExt as _;
use progress::Progress;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

/// How often a connect is polled after its deadline. A response may take several reads.
const LATE_POLLS: usize = 4;

/// Opens a connection. Must run on Tokio; the returned connection does not.
pub async fn connect(options: ConnectOptions) -> Result<Connection, Error> {
    let progress = Progress::new(options.connect_timeout);
    limited(&progress, redirects::open(&options, &progress, None)).await
}

/// Continues a connect that an event loop has begun and whose server has refused the upgrade: reads the body of the
/// response and follows redirects. Must run on Tokio; the returned connection does not.
pub async fn finish_refused(refused: RefusedConnect) -> Result<Connection, Error> {
    let (options, progress) = (&refused.options, &refused.progress);
    let steps = async {
        let mut upgrade = refused.upgrade;
        let failed = match upgrade.stream.socket_mut().release() {
            Ok(_) => upgrade.into_error(progress, options.max_redirects > 0).await,
            Err(error) => upgrade::lost(error),
        };
        redirects::open(options, progress, Some(failed)).await
    };
    limited(progress, steps).await
}

/// Runs the steps of a connect under its deadline.
async fn limited(
    progress: &Progress,
    steps: impl Future<Output = Result<Connection, Error>>,
) -> Result<Connection, Error> {
    // A panic of the task would leave its caller waiting forever.
    let steps = AssertUnwindSafe(steps)
        .catch_unwind()
        .map(|outcome| outcome.unwrap_or_else(|_| Err(Error::new(progress.phase(), ErrorKind::Internal))));
    let Some(left) = progress.left() else {
        return steps.await;
    };
    within(left, steps)
        .await
        .unwrap_or_else(|| Err(progress.timeout()))
}

/// Runs a future under a deadline. Returns `None` if the deadline passes. Bytes that have arrived in time count even if
/// they have not been read, because the system may have suspended this process.
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
