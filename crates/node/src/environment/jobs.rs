//! Jobs of connections: work on other threads, of which the loop driver is told when it has ended.

use super::drivers::event_loop;
use super::state::{Environment, JobEnded};
use crate::boundary::threadsafe::{Receive, ThreadsafeFunction};
use crate::slots::Key;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Wake, Waker};

/// Reports from any thread that a job of a connection has ended.
struct JobWaker {
    key: Key,
    reports: ThreadsafeFunction<JobEnded>,
}

impl Wake for JobWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.reports.send(JobEnded(self.key));
    }
}

impl Receive<JobEnded> for Environment {
    fn receive(self: &Rc<Self>, JobEnded(key): JobEnded) {
        self.enter(|environment| event_loop::handle_job_ended(environment, key));
    }
}

impl Environment {
    /// Lets a connection have jobs. Without, which is if Node has no resources left, it works on this thread.
    pub(super) fn allow_jobs(self: &Rc<Self>, key: Key) {
        let reports = self.jobs.reports(|| {
            // SAFETY: on the environment's thread, in a call or callback. `Jobs::close` closes the function before the
            // environment is dropped: `Environment::close` calls it, and runs while the environment is counted.
            unsafe { ThreadsafeFunction::new(self.raw, c"WEBSOCKET_RS_JOB", self) }
        });
        if let Ok(reports) = reports {
            let waker = Waker::from(Arc::new(JobWaker { key, reports }));
            self.with(key, |record| record.connection.set_waker(waker));
        }
    }

    /// Ends all jobs, on this thread if they have not begun, and writes what they have compressed, as far as the kernel
    /// accepts it. No job reports while this thread is blocked or after its loop has ended.
    pub(crate) fn finish_jobs(&self) {
        for key in self.jobs.take() {
            self.with(key, |record| {
                record.has_job = false;
                record.connection.finish_compressing();
                record.arm();
            });
            self.reclaim_buffer(key);
        }
    }
}
