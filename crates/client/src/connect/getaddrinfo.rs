//! Name resolution by the system: `getaddrinfo`, which blocks, on a pool of threads.

use crate::threads::{ThreadPool, Work};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::thread;
use tokio::sync::oneshot;

/// Most names that are looked up at the same time. Others are queued.
const MAX_THREADS: usize = 128;

type LookupResult = io::Result<Vec<SocketAddr>>;

/// A name to look up.
#[derive(Debug)]
struct Job {
    host: String,
    port: u16,
    sender: oneshot::Sender<LookupResult>,
}

impl Work for Job {
    fn run(self) {
        // The connect may have ended while the name was queued.
        if self.sender.is_closed() {
            return;
        }
        let found = (self.host.as_str(), self.port).to_socket_addrs();
        let found = found.map(Iterator::collect).map_err(explain);
        let _ = self.sender.send(found);
    }

    fn is_wanted(&self) -> bool {
        !self.sender.is_closed()
    }
}

static POOL: ThreadPool<Job> = ThreadPool::new();

/// Returns all addresses of a host. Fails at once if a thread is needed and the system cannot start one.
pub(super) async fn look_up(host: String, port: u16) -> LookupResult {
    let (sender, receiver) = oneshot::channel();
    POOL.take(Job { host, port, sender }, MAX_THREADS, spawn_thread)?;
    receiver
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the resolver did not respond")))
}

fn spawn_thread() -> io::Result<()> {
    let thread = thread::Builder::new().name("websocket-rs-dns".to_owned());
    thread.spawn(|| POOL.work()).map(drop)
}

/// Finds the reason if no file descriptor is left, for which the C library reports only that the name cannot be
/// resolved.
fn explain(error: io::Error) -> io::Error {
    if error.raw_os_error().is_some() {
        return error;
    }
    match socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None) {
        Err(reason) if is_exhaustion(&reason) => reason,
        _ => error,
    }
}

/// Whether no file descriptor is left, in this process or in the system.
#[cfg(unix)]
fn is_exhaustion(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let number = error.raw_os_error();
    number.is_some_and(|number| [Errno::MFILE, Errno::NFILE].contains(&Errno::from_raw_os_error(number)))
}

#[cfg(not(unix))]
fn is_exhaustion(_error: &io::Error) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::{Job, Work, look_up};
    use tokio::sync::oneshot;

    #[test]
    fn a_name_is_not_wanted_once_its_connect_has_ended() {
        let (sender, receiver) = oneshot::channel();
        let (host, port) = ("127.0.0.1".to_owned(), 1);
        let job = Job { host, port, sender };
        assert!(job.is_wanted());
        drop(receiver);
        assert!(!job.is_wanted());
    }

    #[tokio::test]
    async fn resolves_names_at_the_same_time() {
        let names = (0..20).map(|port| tokio::spawn(look_up("localhost".to_owned(), port)));
        for (port, name) in (0..).zip(names.collect::<Vec<_>>()) {
            let found = name.await.unwrap().unwrap();
            assert!(
                found
                    .iter()
                    .all(|address| address.ip().is_loopback() && address.port() == port)
            );
            assert!(!found.is_empty());
        }
    }
}
