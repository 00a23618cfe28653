//! The decompressor of a connection, which is here or with a job on another thread.

use crate::compression::{Inflated, Inflater, InvalidData, Job};
use std::task::{Poll, Waker, ready};
use websocket_rs_protocol::extensions::deflate::DeflateParameters;

/// Most bytes that one job decompresses. [`Decompression::stop_jobs`] may wait as long as that takes.
const MAX_JOB: usize = 4 * 1024 * 1024;

/// What a job returns.
#[derive(Debug)]
struct Finished {
    inflater: Inflater,
    payload: Vec<u8>,
    /// Input that was not taken.
    rest: Vec<u8>,
    has_more: Result<bool, InvalidData>,
}

/// The decompressor of a connection, with its job.
#[derive(Debug)]
pub(super) struct Decompression {
    /// `None` while a job has it.
    inflater: Option<Inflater>,
    /// Woken when a job has ended. `None` decompresses everything here.
    waker: Option<Waker>,
    job: Option<Job<Finished>>,
    /// Input that the last job was given and has not taken.
    rest: Vec<u8>,
}

impl Decompression {
    pub(super) fn new(parameters: DeflateParameters) -> Self {
        Self {
            inflater: Some(Inflater::new(parameters)),
            waker: None,
            job: None,
            rest: Vec::new(),
        }
    }

    /// Lets other threads decompress, and wake `waker` when they have.
    pub(super) fn set_waker(&mut self, waker: Waker) {
        self.waker = Some(waker);
    }

    /// Waits for the job, or does it here if no thread has begun it, and starts no others.
    pub(super) fn stop_jobs(&mut self) {
        self.waker = None;
        if let Some(job) = &self.job {
            job.wait();
        }
    }

    /// Whether other threads may decompress.
    pub(super) fn allows_jobs(&self) -> bool {
        self.waker.is_some()
    }

    /// Whether there is a job whose result has not been taken.
    pub(super) fn has_job(&self) -> bool {
        self.job.is_some()
    }

    /// Decompresses a part of a message here, as [`Inflater::inflate`] does. `input` follows what it was given before.
    pub(super) fn inflate(
        &mut self,
        input: &[u8],
        most: usize,
        output: &mut Vec<u8>,
    ) -> Result<Inflated, InvalidData> {
        let inflater = self.inflater.as_mut().ok_or(InvalidData)?;
        if self.rest.is_empty() {
            return inflater.inflate(input, most, output);
        }
        let Inflated { consumed, has_more } = inflater.inflate(&self.rest, most, output)?;
        self.rest.drain(..consumed);
        Ok(Inflated {
            consumed: 0,
            has_more: has_more || !self.rest.is_empty(),
        })
    }

    /// Ends a message here, as [`Inflater::finish`] does.
    pub(super) fn finish(&mut self, most: usize, output: &mut Vec<u8>) -> Result<Inflated, InvalidData> {
        let inflater = self.inflater.as_mut().ok_or(InvalidData)?;
        inflater.finish(most, output)
    }

    /// Has another thread decompress a part of a message and append at most `most` bytes to `payload`. The job takes all of
    /// `input`.
    pub(super) fn start_job(&mut self, input: &[u8], most: usize, payload: Vec<u8>) {
        if let (Some(inflater), Some(waker)) = (self.inflater.take(), self.waker.clone()) {
            let mut all = std::mem::take(&mut self.rest);
            all.extend_from_slice(input);
            self.job = Some(Job::start(waker, move || run(inflater, all, most, payload)));
        }
    }

    /// Returns the payload after the job, and whether there may be more output without more input. Must only be called
    /// while there is a job.
    pub(super) fn poll_job(&mut self) -> Poll<Result<(Vec<u8>, bool), InvalidData>> {
        // A job that has panicked has lost the decompressor, as if the data were at fault.
        let finished = match &mut self.job {
            Some(job) => ready!(job.poll()),
            None => None,
        };
        self.job = None;
        let Some(finished) = finished else {
            return Poll::Ready(Err(InvalidData));
        };
        self.inflater = Some(finished.inflater);
        self.rest = finished.rest;
        let has_rest = !self.rest.is_empty();
        let has_more = finished.has_more.map(|has_more| has_more || has_rest);
        Poll::Ready(has_more.map(|has_more| (finished.payload, has_more)))
    }
}

/// Does a job: decompresses until the input is used up, or `payload` has grown by `most` or [`MAX_JOB`].
fn run(mut inflater: Inflater, mut rest: Vec<u8>, most: usize, mut payload: Vec<u8>) -> Finished {
    let end = payload.len().saturating_add(most.min(MAX_JOB));
    let mut taken = 0;
    let has_more = loop {
        let input = rest.get(taken..).unwrap_or_default();
        match inflater.inflate(input, end - payload.len(), &mut payload) {
            Err(invalid) => break Err(invalid),
            Ok(Inflated { consumed, has_more }) => {
                taken += consumed;
                let is_idle = consumed == 0 && !has_more;
                if taken == rest.len() && !has_more || is_idle || payload.len() >= end {
                    break Ok(has_more);
                }
            }
        }
    };
    rest.drain(..taken);
    Finished {
        inflater,
        payload,
        rest,
        has_more,
    }
}
