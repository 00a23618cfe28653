//! Name resolution by the system: `getaddrinfo`, which blocks, on a pool of threads.
//!
//! Tokio's blocking pool is not used, because it panics, or queues a name forever, if the system cannot start a thread.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use tokio::sync::oneshot;

/// Most names that are looked up at the same time. Others are queued.
const MAX_THREADS: usize = 128;

/// How long an idle thread waits for another name before it ends.
const IDLE: Duration = Duration::from_secs(10);

type LookupResult = io::Result<Vec<SocketAddr>>;

/// A name to look up.
#[derive(Debug)]
struct Job {
    host: String,
    port: u16,
    sender: oneshot::Sender<LookupResult>,
}

impl Job {
    fn run(self) {
        // The connect may have ended while the name was queued.
        if self.sender.is_closed() {
            return;
        }
        let found = (self.host.as_str(), self.port).to_socket_addrs();
        let found = found.map(Iterator::collect).map_err(explain);
        let _ = self.sender.send(found);
    }
}

#[derive(Debug)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
}

/// A pool with as many threads as there are names at the same time.
#[derive(Debug)]
struct ThreadPool {
    state: Mutex<State>,
    changed: Condvar,
}

static POOL: ThreadPool = ThreadPool::new();

/// Returns all addresses of a host. Fails at once if a thread is needed and the system cannot start one.
pub(super) async fn look_up(host: String, port: u16) -> LookupResult {
    let (sender, receiver) = oneshot::channel();
    POOL.take(Job { host, port, sender }, spawn_thread)?;
    receiver
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the resolver did not respond")))
}

fn spawn_thread() -> io::Result<()> {
    let thread = thread::Builder::new().name("websocket-rs-dns".to_owned());
    thread.spawn(|| POOL.work()).map(drop)
}

impl ThreadPool {
    const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                threads: 0,
                idle: 0,
            }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, job: Job, spawn: fn() -> io::Result<()>) -> io::Result<()> {
        let mut state = self.lock();
        if state.idle <= state.jobs.len() {
            if state.threads < MAX_THREADS {
                spawn()?;
                state.threads += 1;
            } else {
                // Some of the connects may have ended.
                state.jobs.retain(|job| !job.sender.is_closed());
            }
        }
        state.jobs.push_back(job);
        self.changed.notify_one();
        Ok(())
    }

    /// Runs a thread until it has been idle for [`IDLE`].
    fn work(&self) {
        while let Some(job) = self.next() {
            job.run();
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            state.idle += 1;
            let waited = self.changed.wait_timeout(state, IDLE);
            let (woken, result) = waited.unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if result.timed_out() && state.jobs.is_empty() {
                state.threads -= 1;
                return None;
            }
        }
    }
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
    use super::{Job, POOL, ThreadPool, look_up, spawn_thread};
    use std::io;
    use tokio::sync::oneshot;

    fn job() -> (Job, oneshot::Receiver<super::LookupResult>) {
        let (sender, receiver) = oneshot::channel();
        let host = "127.0.0.1".to_owned();
        (
            Job {
                host,
                port: 1,
                sender,
            },
            receiver,
        )
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
        let state = POOL.lock();
        assert!(state.threads <= 20 && state.idle <= state.threads);
    }

    #[test]
    fn fails_without_a_thread_and_queues_nothing() {
        let threads = ThreadPool::new();
        let (refused, _answered) = job();
        let error = threads
            .take(refused, || Err(io::ErrorKind::WouldBlock.into()))
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        let state = threads.lock();
        assert_eq!((state.jobs.len(), state.threads), (0, 0));
    }

    #[test]
    fn drops_names_whose_connect_has_ended() {
        let threads = ThreadPool::new();
        for _ in 0..super::MAX_THREADS {
            threads.take(job().0, || Ok(())).unwrap();
        }
        let (waiting, mut receiver) = job();
        threads.take(waiting, spawn_thread).unwrap();
        let state = threads.lock();
        assert_eq!((state.jobs.len(), state.threads), (1, super::MAX_THREADS));
        drop(state);
        threads.next().unwrap().run();
        assert!(receiver.try_recv().unwrap().is_ok());
    }
}
