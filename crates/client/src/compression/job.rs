//! Jobs of a connection: work that takes too long for the thread of an event loop, done on another thread.

use crate::threads::{ThreadPool, Work};
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread;

/// Most threads that run jobs, on a machine with as many cores.
const MAX_THREADS: usize = 8;

type Run<T> = Box<dyn FnOnce() -> T + Send>;

/// One job. A job that is dropped before it has begun does not run.
#[derive(Debug)]
pub(crate) struct Job<T>(Arc<Shared<T>>);

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<State<T>>,
    ended: Condvar,
    waker: Waker,
}

enum State<T> {
    Queued(Run<T>),
    Running,
    Finished(T),
    /// The job was dropped, has panicked, or its result was taken.
    Gone,
}

impl<T> fmt::Debug for State<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Queued(_) => "Queued",
            Self::Running => "Running",
            Self::Finished(_) => "Finished",
            Self::Gone => "Gone",
        })
    }
}

impl<T: Send + 'static> Job<T> {
    /// Starts a job. `waker` is woken from any thread when it has ended. If the system has no thread, the job runs here.
    pub(crate) fn start(waker: Waker, run: impl FnOnce() -> T + Send + 'static) -> Self {
        Self::start_on(waker, run, spawn_thread)
    }

    fn start_on(
        waker: Waker,
        run: impl FnOnce() -> T + Send + 'static,
        spawn: impl FnOnce() -> io::Result<()>,
    ) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::new(State::Queued(Box::new(run))),
            ended: Condvar::new(),
            waker,
        });
        let queued = Queued(Arc::clone(&shared) as Arc<dyn RunShared>);
        if POOL.take(queued, max_threads(), spawn).is_err() {
            shared.run_if_queued();
        }
        Self(shared)
    }

    /// Returns the result if the job has ended; `None` instead of a result if it has panicked.
    pub(crate) fn poll(&mut self) -> Poll<Option<T>> {
        let mut state = self.0.lock();
        match *state {
            State::Queued(_) | State::Running => Poll::Pending,
            State::Finished(_) | State::Gone => Poll::Ready(state.take_result()),
        }
    }

    /// Waits until the job has ended, or runs it here if no thread has begun it. Returns as [`Job::poll`] does.
    pub(crate) fn finish(self) -> Option<T> {
        self.wait();
        self.0.lock().take_result()
    }

    /// Waits as [`Job::finish`] does. [`Job::poll`] then returns the result.
    pub(crate) fn wait(&self) {
        self.0.run_if_queued();
        let mut state = self.0.lock();
        while matches!(*state, State::Running) {
            state = self.0.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if matches!(*state, State::Queued(_)) {
            *state = State::Gone;
        }
    }
}

impl<T> State<T> {
    fn take_result(&mut self) -> Option<T> {
        match std::mem::replace(self, Self::Gone) {
            Self::Finished(result) => Some(result),
            _ => None,
        }
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job of any type.
trait RunShared: Send + Sync {
    /// Runs the job, unless it has begun or was dropped. Returns whether it did.
    fn run_if_queued(&self) -> bool;
    fn is_queued(&self) -> bool;
    fn wake(&self);
}

impl<T: Send> RunShared for Shared<T> {
    fn run_if_queued(&self) -> bool {
        let mut state = self.lock();
        if !matches!(*state, State::Queued(_)) {
            return false;
        }
        let State::Queued(run) = std::mem::replace(&mut *state, State::Running) else {
            return false;
        };
        drop(state);
        // A job leaves nothing half done: its data belong to it.
        let result = catch_unwind(AssertUnwindSafe(run));
        *self.lock() = result.map_or(State::Gone, State::Finished);
        self.ended.notify_all();
        true
    }

    fn is_queued(&self) -> bool {
        matches!(*self.lock(), State::Queued(_))
    }

    fn wake(&self) {
        self.waker.wake_by_ref();
    }
}

/// A job in the queue of the pool.
struct Queued(Arc<dyn RunShared>);

impl Work for Queued {
    fn run(self) {
        if self.0.run_if_queued() {
            self.0.wake();
        }
    }

    fn is_wanted(&self) -> bool {
        self.0.is_queued()
    }
}

static POOL: ThreadPool<Queued> = ThreadPool::new();

fn spawn_thread() -> io::Result<()> {
    let thread = thread::Builder::new().name("websocket-rs-job".to_owned());
    thread.spawn(|| POOL.work()).map(drop)
}

fn max_threads() -> usize {
    thread::available_parallelism().map_or(1, |cores| cores.get().min(MAX_THREADS))
}

#[cfg(test)]
mod tests {
    use super::Job;
    use std::io;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex, mpsc};
    use std::task::{Poll, Wake, Waker};

    struct Sent(mpsc::Sender<()>);

    impl Wake for Sent {
        fn wake(self: Arc<Self>) {
            let _ = self.0.send(());
        }
    }

    fn waker() -> (Waker, mpsc::Receiver<()>) {
        let (sender, receiver) = mpsc::channel();
        (Waker::from(Arc::new(Sent(sender))), receiver)
    }

    /// Has all threads of the pool wait until the sender is dropped.
    fn block_threads() -> (Vec<Job<bool>>, mpsc::Sender<()>) {
        let (release, released) = mpsc::channel::<()>();
        let released = Arc::new(Mutex::new(released));
        let wait = |_| {
            let released = Arc::clone(&released);
            Job::start(Waker::noop().clone(), move || {
                released.lock().unwrap().recv().is_ok()
            })
        };
        ((0..super::max_threads()).map(wait).collect(), release)
    }

    #[test]
    fn wakes_when_the_result_is_there() {
        let (waker, woken) = waker();
        let (start, started) = mpsc::channel::<()>();
        let mut job = Job::start(waker, move || started.recv().map(|()| 7));
        assert_eq!(job.poll(), Poll::Pending);
        start.send(()).unwrap();
        woken.recv().unwrap();
        assert_eq!(job.poll(), Poll::Ready(Some(Ok(7))));
        assert_eq!(job.poll(), Poll::Ready(None), "the result is taken once");
    }

    #[test]
    fn finishes_a_running_job_and_one_that_has_not_begun() {
        let (sender, begun) = mpsc::channel();
        let job = Job::start(Waker::noop().clone(), move || {
            sender.send(()).unwrap();
            1
        });
        begun.recv().unwrap();
        assert_eq!(job.finish(), Some(1));
        let (busy, release) = block_threads();
        let here = std::thread::current().id();
        let queued = Job::start(Waker::noop().clone(), || std::thread::current().id());
        assert_eq!(queued.finish(), Some(here));
        drop(release);
        drop(busy);
    }

    #[test]
    fn runs_here_without_a_thread() {
        let refuse = || Err(io::ErrorKind::WouldBlock.into());
        let jobs = (0..50).map(|_| Job::start_on(Waker::noop().clone(), || 1, refuse));
        assert_eq!(jobs.map(|job| job.finish().unwrap()).sum::<usize>(), 50);
    }

    #[test]
    fn a_panic_is_no_result() {
        let (waker, woken) = waker();
        let mut job = Job::<()>::start(waker, || std::panic::resume_unwind(Box::new(())));
        woken.recv().unwrap();
        assert_eq!(job.poll(), Poll::Ready(None));
    }

    #[test]
    fn a_dropped_job_does_not_begin() {
        static RUN: AtomicUsize = AtomicUsize::new(0);
        let (busy, release) = block_threads();
        for _ in 0..10 {
            drop(Job::start(Waker::noop().clone(), || {
                RUN.fetch_add(1, Ordering::SeqCst)
            }));
        }
        drop(release);
        for job in busy {
            job.finish();
        }
        let after = Job::start(Waker::noop().clone(), || ());
        after.finish();
        assert_eq!(RUN.load(Ordering::SeqCst), 0);
    }
}
