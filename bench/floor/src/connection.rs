//! A WebSocket connection over TCP and the system calls on it.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
    net::{RecvFlags, SendFlags, recv, send},
};

use crate::result::Result;

/// The most that one `recv` reads. It fits into the L2 cache of a core.
pub(crate) const READ: usize = 256 * 1024;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

pub(crate) struct Connection {
    socket: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects and upgrades. Does not check the accept key, as the server is the peer of this repository.
    pub(crate) fn open(url: &str, path: &str) -> Result<Self> {
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
        // Byte by byte, as a frame may follow the head.
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

    /// Sends all bytes, waiting if necessary.
    pub(crate) fn send_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes)
    }

    /// The socket, for epoll.
    #[cfg(target_os = "linux")]
    pub(crate) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Receives bytes, waiting if necessary.
    pub(crate) fn receive(&mut self) -> Result<&[u8]> {
        let count = self.socket.read(&mut self.buffer)?;
        received(&self.buffer, count)
    }

    /// Sends as much as the kernel accepts without waiting, and returns how much that is.
    pub(crate) fn try_send(&self, bytes: &[u8]) -> io::Result<usize> {
        match send(&self.socket, bytes, SendFlags::DONTWAIT) {
            Err(Errno::AGAIN) => Ok(0),
            result => Ok(result?),
        }
    }

    /// Receives the bytes that have arrived, possibly none.
    pub(crate) fn try_receive(&mut self) -> Result<&[u8]> {
        try_receive(&self.socket, &mut self.buffer)
    }

    /// Receives the bytes that have arrived into a buffer of the caller.
    #[cfg(target_os = "linux")]
    pub(crate) fn try_receive_into<'a>(&self, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
        try_receive(&self.socket, buffer)
    }

    /// Waits until bytes arrive or, if `sending`, until the kernel accepts more.
    pub(crate) fn wait(&self, sending: bool) -> io::Result<()> {
        let writable = if sending {
            PollFlags::OUT
        } else {
            PollFlags::empty()
        };
        poll(&mut [PollFd::new(&self.socket, PollFlags::IN | writable)], None)?;
        Ok(())
    }
}

fn try_receive<'a>(socket: &TcpStream, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
    match recv(socket, &mut *buffer, RecvFlags::DONTWAIT) {
        Err(Errno::AGAIN) => Ok(&[]),
        result => received(buffer, result?.1),
    }
}

fn received(buffer: &[u8], count: usize) -> Result<&[u8]> {
    match buffer.get(..count) {
        None | Some([]) => Err("the server closed the connection".into()),
        Some(bytes) => Ok(bytes),
    }
}
