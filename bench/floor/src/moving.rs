//! Prebuilt frames, there and back.

use rustix::event::{PollFd, PollFlags, poll};
use std::io::{self, Read, Write};
use std::net::TcpStream;

/// Bytes that one read takes.
const READ: usize = 256 * 1024;
/// Bytes that are given to one write: the best of 16, 32, 64, 128 and 256 KiB for 64 KiB messages.
const WRITE: usize = 32 * 1024;
/// The key of every frame; masking is part of making them.
const KEY: [u8; 4] = [0x12, 0x34, 0x56, 0x78];

/// An open connection and the frames that go over it.
pub(crate) struct Wire {
    stream: TcpStream,
    /// As many equal frames as fit into a write, or one.
    frames: Vec<u8>,
    /// Bytes of a frame there, and of its echo, which is not masked.
    there: usize,
    back: usize,
    room: Vec<u8>,
}

impl Wire {
    /// Opens a connection to `ws://HOST:PORT` for messages of `size` bytes.
    pub(crate) fn open(url: &str, size: usize) -> io::Result<Self> {
        let host = url.trim_start_matches("ws://").trim_end_matches('/');
        let mut stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        upgrade(&mut stream, host)?;
        let frame = frame(size);
        let there = frame.len();
        Ok(Self {
            stream,
            frames: frame.repeat((WRITE / there).max(1)),
            there,
            back: there - KEY.len(),
            room: vec![0; READ],
        })
    }

    /// One message there and back, blocking.
    pub(crate) fn round_trip(&mut self) -> io::Result<()> {
        self.stream.set_nonblocking(false)?;
        let frame = self.frames.get(..self.there).unwrap_or_default();
        self.stream.write_all(frame)?;
        let mut missing = self.back;
        while missing > 0 {
            missing = missing.saturating_sub(self.read()?);
        }
        Ok(())
    }

    /// Many messages, so many of them under way at once.
    pub(crate) fn pipeline(&mut self, messages: usize, in_flight: usize) -> io::Result<()> {
        self.stream.set_nonblocking(true)?;
        let (mut written, mut read) = (0, 0);
        while read < messages * self.back {
            let allowed = (read / self.back + in_flight).min(messages) * self.there;
            let wrote = self.write(written, allowed)?;
            written += wrote;
            let got = match self.read() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                other => other?,
            };
            read += got;
            if got == 0 && (wrote == 0 || written == allowed) {
                self.wait(written < allowed)?;
            }
        }
        Ok(())
    }

    /// Writes once of what may be written: bytes taken.
    fn write(&mut self, written: usize, allowed: usize) -> io::Result<usize> {
        let from = written % self.there;
        let until = (from + (allowed - written))
            .min(self.frames.len())
            .min(from + WRITE);
        let part = self.frames.get(from..until).unwrap_or_default();
        if part.is_empty() {
            return Ok(0);
        }
        match self.stream.write(part) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            other => other,
        }
    }

    fn read(&mut self) -> io::Result<usize> {
        match self.stream.read(&mut self.room)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => Ok(count),
        }
    }

    fn wait(&self, writing: bool) -> io::Result<()> {
        let mut wanted = PollFlags::IN;
        wanted.set(PollFlags::OUT, writing);
        poll(&mut [PollFd::new(&self.stream, wanted)], None)?;
        Ok(())
    }
}

fn upgrade(stream: &mut TcpStream, host: &str) -> io::Result<()> {
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    if head.starts_with(b"HTTP/1.1 101") {
        return Ok(());
    }
    Err(io::Error::other(String::from_utf8_lossy(&head).into_owned()))
}

/// A masked binary frame of so many times the letter x (RFC 6455 section 5.2).
#[allow(clippy::cast_possible_truncation)] // Each length is checked against the room it goes into.
fn frame(size: usize) -> Vec<u8> {
    let mut frame = vec![0x82];
    match size {
        0..=125 => frame.push(0x80 | size as u8),
        126..=0xffff => {
            frame.push(0xfe);
            frame.extend((size as u16).to_be_bytes());
        }
        _ => {
            frame.push(0xff);
            frame.extend((size as u64).to_be_bytes());
        }
    }
    frame.extend(KEY);
    frame.extend(KEY.iter().cycle().take(size).map(|key| key ^ b'x'));
    frame
}
