//! From a URL to an open connection, readable as a list of steps under one deadline.
//!
//! Each step is a file: it says what it needs, what it gives and how it fails. Dropping the future
//! at any point closes whatever was open.

mod dial;
mod resolve;
mod tls;
mod upgrade;

pub use tls::Trust;

use crate::connection::Connection;
use crate::error::{Error, ErrorKind, Phase};
use crate::framing::Framing;
use crate::options::ConnectOptions;
use crate::socket::Socket;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

/// The step a connect is in, for the error when its time runs out.
struct Progress(AtomicU8);

impl Progress {
    fn enter(&self, phase: Phase) {
        self.0.store(phase as u8, Ordering::Relaxed);
    }

    fn phase(&self) -> Phase {
        let reached = self.0.load(Ordering::Relaxed);
        [Phase::Dial, Phase::Tls, Phase::Upgrade]
            .into_iter()
            .find(|phase| *phase as u8 == reached)
            .unwrap_or(Phase::Resolve)
    }
}

/// Opens a connection. Runs on Tokio; the connection it gives no longer does.
pub async fn connect(options: ConnectOptions) -> Result<Connection, Error> {
    let progress = Progress(AtomicU8::new(Phase::Resolve as u8));
    let steps = steps(&options, &progress);
    let Some(limit) = options.connect_timeout else {
        return steps.await;
    };
    match tokio::time::timeout(limit, steps).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::new(
            progress.phase(),
            ErrorKind::ConnectTimeout(limit.as_millis()),
        )),
    }
}

async fn steps(options: &ConnectOptions, progress: &Progress) -> Result<Connection, Error> {
    let started = Instant::now();
    // What the caller got wrong is said before anything is opened.
    let request = upgrade::Request::new(options)?;
    let prepared = tls::prepare(&options.target, &options.tls)?;
    let addresses = resolve::resolve(&options.target, options.family).await?;
    progress.enter(Phase::Dial);
    let socket = Socket::new(dial::dial(addresses, options.local_address).await?);
    progress.enter(Phase::Tls);
    let stream = tls::secure(socket, prepared).await?;
    progress.enter(Phase::Upgrade);
    let left = options
        .connect_timeout
        .map(|limit| limit.saturating_sub(started.elapsed()));
    let upgraded = upgrade::upgrade(stream, &request, left).await?;
    let mut stream = upgraded.stream;
    stream
        .socket_mut()
        .adopt()
        .map_err(|error| Error::new(Phase::Upgrade, ErrorKind::HandshakeLost(error)))?;
    let framing = Framing::new(stream, upgraded.tail, options.max_message_size);
    Ok(Connection::new(
        framing,
        upgraded.protocol,
        options.keepalive,
        options.busy_poll,
    ))
}
