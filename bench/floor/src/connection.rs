//! A TCP connection after the upgrade, and the system calls on it.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
    net::{RecvFlags, SendFlags, recv, send},
};

use crate::Outcome;

/// What one `recv` takes at most. It stays in the second level cache of a core.
const READ: usize = 256 * 1024;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

pub(crate) struct Connection {
    socket: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects and upgrades. The accept key is taken on trust, as the server is ours.
    pub(crate) fn open(url: &str, path: &str) -> Outcome<Self> {
        let host = url
            .strip_prefix("ws://")
            .ok_or("only ws: URLs")?
            .trim_end_matches('/');
        let mut socket = TcpStream::connect(host)?;
        socket.set_nodelay(true)?;
        write!(
            socket,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )?;
        let mut head = Vec::new();
        let mut byte = [0];
        // One by one: what follows the head is a frame already.
        while !head.ends_with(END_OF_HEAD) {
            socket.read_exact(&mut byte)?;
            head.extend(byte);
        }
        if !head.starts_with(b"HTTP/1.1 101 ") {
            return Err(String::from_utf8_lossy(&head).into_owned().into());
        }
        Ok(Self {
            socket,
            buffer: vec![0; READ],
        })
    }

    /// Waits until all is sent.
    pub(crate) fn send_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes)
    }

    /// Waits until something comes.
    pub(crate) fn receive(&mut self) -> Outcome<&[u8]> {
        let count = self.socket.read(&mut self.buffer)?;
        received(&self.buffer, count)
    }

    /// Sends what fits.
    pub(crate) fn try_send(&self, bytes: &[u8]) -> io::Result<usize> {
        match send(&self.socket, bytes, SendFlags::DONTWAIT) {
            Err(Errno::AGAIN) => Ok(0),
            result => Ok(result?),
        }
    }

    /// What has come, which may be nothing.
    pub(crate) fn try_receive(&mut self) -> Outcome<&[u8]> {
        match recv(&self.socket, &mut self.buffer, RecvFlags::DONTWAIT) {
            Err(Errno::AGAIN) => Ok(&[]),
            result => received(&self.buffer, result?.1),
        }
    }

    /// Waits until something comes, or there is room for more to send where that is wanted.
    pub(crate) fn wait(&self, sending: bool) -> io::Result<()> {
        let room = if sending {
            PollFlags::OUT
        } else {
            PollFlags::empty()
        };
        poll(&mut [PollFd::new(&self.socket, PollFlags::IN | room)], None)?;
        Ok(())
    }
}

fn received(buffer: &[u8], count: usize) -> Outcome<&[u8]> {
    match buffer.get(..count) {
        None | Some([]) => Err("the server closed the connection".into()),
        Some(bytes) => Ok(bytes),
    }
}
