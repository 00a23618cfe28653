//! Compressed messages out: compressed here, or on another thread while what is sent later waits behind them.

use super::io::FrameIo;
use super::outgoing::Next;
use crate::compression::{Compression, Compressor, Job, LentCompressor};
use crate::error::{Error, ErrorKind, Phase};
use std::collections::VecDeque;
use std::task::{Poll, Waker};

/// Most payload bytes of one job, unless it has a single frame. The frames of a job leave together.
const MAX_JOB: usize = 1024 * 1024;

/// Bytes from which compressing moves to another thread, by the level of compression.
///
/// Compressing so much takes a quarter to half a millisecond. With 32 KiB at the higher levels, a hundred connections with
/// messages of 16 KiB kept timers waiting for 37 ms, as all of them are compressed in one iteration of the loop. JSON costs 4 ms a MiB at level 1, 9 ms at level 3 and 21 ms at level
/// 6, with zlib-rs 0.6.8. At level 3, a send of 63 KB in place blocked for 459 us, and its reply came after 469 us; with a
/// job (64 KiB), 28 us and 548 us (30 November 2026, two busy cores).
const fn job_size(level: u8) -> usize {
    match level {
        0..=3 => 64 * 1024,
        _ => 16 * 1024,
    }
}

/// A data frame that is not encoded.
#[derive(Debug)]
struct Frame {
    next: Next,
    payload: Vec<u8>,
}

impl Frame {
    /// Bytes to compress.
    fn work(&self) -> usize {
        self.next.place.map_or(0, |_| self.payload.len())
    }
}

/// What a job returns: the compressor, and the frames with compressed payloads.
type Compressed = (LentCompressor, Result<Vec<Frame>, Error>);

/// A close frame: its code, unless it has none, and its reason.
pub(super) type CloseFrame = Option<(u16, String)>;

/// The frames that wait to be compressed or behind such frames, and their compressor.
#[derive(Debug)]
pub(super) struct Backlog {
    compression: Compression,
    compressor: Compressor,
    /// Woken when a job has ended. `None` compresses everything here.
    waker: Option<Waker>,
    job: Option<Job<Compressed>>,
    /// Payload bytes of the job.
    job_bytes: usize,
    waiting: VecDeque<Frame>,
    /// Payload bytes of the frames that wait.
    waiting_bytes: usize,
    /// The close frame, behind all others.
    close: Option<CloseFrame>,
}

impl Backlog {
    pub(super) fn new(compression: Compression) -> Self {
        Self {
            compressor: Compressor::new(&compression),
            compression,
            waker: None,
            job: None,
            job_bytes: 0,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            close: None,
        }
    }

    pub(super) fn set_waker(&mut self, waker: Waker) {
        self.waker = Some(waker);
    }

    /// How messages are compressed.
    pub(super) fn compression(&self) -> &Compression {
        &self.compression
    }

    /// Whether everything is encoded.
    pub(super) fn is_empty(&self) -> bool {
        self.job.is_none() && self.waiting.is_empty() && self.close.is_none()
    }

    /// Payload bytes that are not encoded.
    pub(super) fn bytes(&self) -> usize {
        self.job_bytes + self.waiting_bytes
    }

    /// Adds a close frame, which is sent behind everything else.
    pub(super) fn push_close(&mut self, frame: Option<(u16, &str)>) {
        self.close = Some(frame.map(|(code, reason)| (code, reason.to_owned())));
    }

    /// Returns the close frame once nothing is before it.
    pub(super) fn take_close(&mut self) -> Option<CloseFrame> {
        if self.job.is_none() && self.waiting.is_empty() {
            self.close.take()
        } else {
            None
        }
    }

    /// Drops everything.
    pub(super) fn clear(&mut self) {
        self.job = None;
        self.waiting.clear();
        (self.job_bytes, self.waiting_bytes) = (0, 0);
        self.close = None;
    }

    /// Encodes a frame, or copies it to do so later.
    pub(super) fn send(
        &mut self,
        io: &mut FrameIo,
        next: Next,
        payload: &[u8],
        alone: bool,
    ) -> Result<(), Error> {
        let work = next.place.map_or(0, |_| payload.len());
        if !self.is_empty() || self.needs_job(work) {
            self.waiting_bytes += payload.len();
            let payload = payload.to_vec();
            self.waiting.push_back(Frame { next, payload });
            return self.advance(io, false);
        }
        let Some(place) = next.place else {
            io.put_frame(next.first_byte, payload, rand::random(), alone);
            return Ok(());
        };
        let mut compressed = Vec::new();
        let mut lent = self.compressor.lend();
        lent.compress(payload, place, &mut compressed)?;
        self.compressor.give_back(lent);
        io.put_frame(next.first_byte, &compressed, rand::random(), alone);
        Ok(())
    }

    /// Encodes what is compressed, and compresses what waits: here if it is little, otherwise on another thread. With
    /// `finish`, waits for that thread and does the rest here.
    pub(super) fn advance(&mut self, io: &mut FrameIo, finish: bool) -> Result<(), Error> {
        loop {
            match self.poll_job(finish) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Some(compressed)) => self.encode(io, compressed)?,
                Poll::Ready(None) => {}
            }
            if self.waiting.is_empty() {
                return Ok(());
            }
            let frames = self.take_frames();
            let lent = self.compressor.lend();
            match self
                .waker
                .clone()
                .filter(|_| !finish && self.needs_job(work(&frames)))
            {
                Some(waker) => {
                    self.job_bytes = frames.iter().map(|frame| frame.payload.len()).sum();
                    self.job = Some(Job::start(waker, || compress_all(lent, frames)));
                    return Ok(());
                }
                None => self.encode(io, compress_all(lent, frames))?,
            }
        }
    }

    /// Returns what the job has compressed, or `None` if there is no job.
    fn poll_job(&mut self, finish: bool) -> Poll<Option<Compressed>> {
        let Some(mut job) = self.job.take() else {
            return Poll::Ready(None);
        };
        let ended = if finish {
            Poll::Ready(job.finish())
        } else {
            let polled = job.poll();
            if polled.is_pending() {
                self.job = Some(job);
            }
            polled
        };
        ended.map(|compressed| {
            self.job_bytes = 0;
            Some(compressed.unwrap_or_else(|| self.panicked()))
        })
    }

    /// Stands in for the result of a job that has panicked.
    #[cold]
    fn panicked(&mut self) -> Compressed {
        (
            self.compressor.lend(),
            Err(Error::new(Phase::Open, ErrorKind::Internal)),
        )
    }

    fn encode(&mut self, io: &mut FrameIo, (lent, frames): Compressed) -> Result<(), Error> {
        self.compressor.give_back(lent);
        for frame in frames? {
            io.put_frame(frame.next.first_byte, &frame.payload, rand::random(), false);
        }
        Ok(())
    }

    /// Takes the next frames for a job.
    fn take_frames(&mut self) -> Vec<Frame> {
        let (mut frames, mut bytes) = (Vec::new(), 0);
        let fits = |bytes, length| bytes == 0 || bytes + length <= MAX_JOB;
        while self
            .waiting
            .front()
            .is_some_and(|frame| fits(bytes, frame.payload.len()))
        {
            let Some(frame) = self.waiting.pop_front() else {
                break;
            };
            bytes += frame.payload.len();
            frames.push(frame);
        }
        self.waiting_bytes -= bytes;
        frames
    }

    fn needs_job(&self, work: usize) -> bool {
        self.waker.is_some() && work >= job_size(self.compression.settings.level)
    }
}

fn work(frames: &[Frame]) -> usize {
    frames.iter().map(Frame::work).sum()
}

/// Compresses the payloads of frames.
fn compress_all(mut lent: LentCompressor, mut frames: Vec<Frame>) -> Compressed {
    for frame in &mut frames {
        if let Some(place) = frame.next.place {
            let mut compressed = Vec::new();
            if let Err(error) = lent.compress(&frame.payload, place, &mut compressed) {
                return (lent, Err(error));
            }
            frame.payload = compressed;
        }
    }
    lent.release();
    (lent, Ok(frames))
}
