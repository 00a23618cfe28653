//! A pool of threads for work that blocks or takes long.
//!
//! Tokio's blocking pool is not used, because it panics, or queues a job forever, if the system cannot start a thread.

use std::collections::VecDeque;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long an idle thread waits for another job before it ends.
const IDLE: Duration = Duration::from_secs(10);

/// What a pool runs.
pub(crate) trait Work: Send {
    /// Runs the job.
    fn run(self);

    /// Whether somebody still waits for the result.
    fn is_wanted(&self) -> bool;
}

/// A pool with as many threads as there are jobs at the same time, up to a limit. Other jobs are queued.
#[derive(Debug)]
pub(crate) struct ThreadPool<W> {
    state: Mutex<State<W>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<W> {
    jobs: VecDeque<W>,
    threads: usize,
    idle: usize,
}

impl<W: Work> ThreadPool<W> {
    pub(crate) const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                threads: 0,
                idle: 0,
            }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a job. `spawn` starts a thread that calls [`ThreadPool::work`]. Fails, and drops the job, if a thread is
    /// needed and cannot be started.
    pub(crate) fn take(
        &self,
        job: W,
        max_threads: usize,
        spawn: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        let mut state = self.lock();
        if state.idle <= state.jobs.len() {
            if state.threads < max_threads {
                spawn()?;
                state.threads += 1;
            } else {
                state.jobs.retain(W::is_wanted);
            }
        }
        state.jobs.push_back(job);
        self.changed.notify_one();
        Ok(())
    }

    /// Runs a thread until it has been idle for [`IDLE`].
    pub(crate) fn work(&self) {
        while let Some(job) = self.next() {
            job.run();
        }
    }

    fn next(&self) -> Option<W> {
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

#[cfg(test)]
mod tests {
    use super::{ThreadPool, Work};
    use std::io;
    use std::sync::{Arc, Barrier, mpsc};
    use std::thread;

    const MAX_THREADS: usize = 4;

    /// Sends a number, unless its receiver is gone.
    struct Report {
        sender: mpsc::Sender<usize>,
        wanted: bool,
        meets: Option<Arc<Barrier>>,
    }

    impl Work for Report {
        fn run(self) {
            if let Some(barrier) = self.meets {
                barrier.wait();
            }
            let _ = self.sender.send(1);
        }

        fn is_wanted(&self) -> bool {
            self.wanted
        }
    }

    fn report(wanted: bool) -> (Report, mpsc::Receiver<usize>) {
        let (sender, receiver) = mpsc::channel();
        let meets = None;
        let report = Report {
            sender,
            wanted,
            meets,
        };
        (report, receiver)
    }

    #[test]
    fn runs_jobs_at_the_same_time() {
        static POOL: ThreadPool<Report> = ThreadPool::new();
        let barrier = Arc::new(Barrier::new(MAX_THREADS));
        let (sender, receiver) = mpsc::channel();
        for _ in 0..MAX_THREADS {
            let meeting = Report {
                sender: sender.clone(),
                wanted: true,
                meets: Some(Arc::clone(&barrier)),
            };
            POOL.take(meeting, MAX_THREADS, || {
                thread::spawn(|| POOL.work());
                Ok(())
            })
            .unwrap();
        }
        drop(sender);
        assert_eq!(receiver.iter().sum::<usize>(), MAX_THREADS);
        assert_eq!(POOL.lock().threads, MAX_THREADS);
    }

    #[test]
    fn fails_without_a_thread_and_queues_nothing() {
        let threads = ThreadPool::new();
        let (refused, _receiver) = report(true);
        let error = threads
            .take(refused, MAX_THREADS, || Err(io::ErrorKind::WouldBlock.into()))
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        let state = threads.lock();
        assert_eq!((state.jobs.len(), state.threads), (0, 0));
    }

    #[test]
    fn drops_jobs_that_are_not_wanted() {
        let threads = ThreadPool::new();
        for _ in 0..MAX_THREADS {
            threads.take(report(false).0, MAX_THREADS, || Ok(())).unwrap();
        }
        let (wanted, receiver) = report(true);
        threads.take(wanted, MAX_THREADS, || Ok(())).unwrap();
        assert_eq!(threads.lock().jobs.len(), 1);
        threads.next().unwrap().run();
        assert_eq!(receiver.recv(), Ok(1));
    }
}
