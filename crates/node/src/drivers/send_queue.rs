//! What the kernel knows of bytes on their way to the peer: those that `write` took may wait in its buffer for minutes.

use websocket_rs_client::KernelSendQueue;

/// Asks the kernel. `None` if it does not tell.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn probe(socket: &socket2::Socket) -> Option<KernelSendQueue> {
    // What the peer has acknowledged and what it has room for, which is as much less if its program does not read. (Of a
    // Unix socket the queue itself holds what the peer's program has not read.)
    let edge = |info: libc::tcp_info| info.tcpi_bytes_acked + u64::from(info.tcpi_snd_wnd);
    Some(KernelSendQueue {
        length: linux::queued(socket)?,
        read: linux::tcp_info(socket).map(edge),
    })
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use std::mem::{MaybeUninit, size_of};
    use std::os::fd::AsRawFd;

    /// Bytes in the socket's send queue (`SIOCOUTQ`): not acknowledged, or not read from a Unix socket.
    pub(super) fn queued(socket: &socket2::Socket) -> Option<u64> {
        let mut queued: libc::c_int = 0;
        // SAFETY: the descriptor is open as long as `socket` is borrowed; the result is one `int`, as ioctl(2) has it.
        let status = unsafe { libc::ioctl(socket.as_raw_fd(), libc::TIOCOUTQ, &raw mut queued) };
        (status == 0).then(|| u64::try_from(queued).ok()).flatten()
    }

    /// The kernel's view of a TCP connection. `None` for other sockets, and for kernels before 5.4, which do not know the
    ///  peer's window.
    pub(super) fn tcp_info(socket: &socket2::Socket) -> Option<libc::tcp_info> {
        let mut info = MaybeUninit::<libc::tcp_info>::zeroed();
        let mut length = libc::socklen_t::try_from(size_of::<libc::tcp_info>()).ok()?;
        // SAFETY: the descriptor is open; the kernel writes at most `length` bytes into `info` and says how many.
        let status = unsafe {
            libc::getsockopt(
                socket.as_raw_fd(),
                libc::IPPROTO_TCP,
                libc::TCP_INFO,
                info.as_mut_ptr().cast(),
                &raw mut length,
            )
        };
        let end_of_window = std::mem::offset_of!(libc::tcp_info, tcpi_snd_wnd) + size_of::<u32>();
        let is_filled = status == 0 && usize::try_from(length).is_ok_and(|length| length >= end_of_window);
        // SAFETY: it was zeroed, and all of its members are integers.
        is_filled.then(|| unsafe { info.assume_init() })
    }
}

/// The send queue of macOS, `SO_NWRITE`, shrinks as the peer acknowledges. Windows has nothing like it.
#[cfg(target_vendor = "apple")]
pub(crate) fn probe(socket: &socket2::Socket) -> Option<KernelSendQueue> {
    use std::mem::size_of;
    use std::os::fd::AsRawFd;
    let mut queued: libc::c_int = 0;
    let mut length = libc::socklen_t::try_from(size_of::<libc::c_int>()).ok()?;
    // SAFETY: the descriptor is open as long as `socket` is borrowed; the result is one `int`.
    let status = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_NWRITE,
            (&raw mut queued).cast(),
            &raw mut length,
        )
    };
    let length = (status == 0).then(|| u64::try_from(queued).ok()).flatten()?;
    Some(KernelSendQueue { length, read: None })
}

/// Asks nothing.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(crate) fn probe(_socket: &socket2::Socket) -> Option<KernelSendQueue> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::probe;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::net::UnixStream;
    use std::thread::sleep;
    use std::time::Duration;

    /// Fills what the kernel holds for a peer that does not read.
    fn fill(mut stream: impl Write) {
        while stream.write(&[0; 8192]).is_ok() {}
        sleep(Duration::from_millis(100));
    }

    fn read_some(mut stream: impl Read, count: usize) -> std::io::Result<()> {
        stream.read_exact(&mut vec![0; count])?;
        sleep(Duration::from_millis(100));
        Ok(())
    }

    #[test]
    fn tcp_tells_what_the_peer_has_read() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (theirs, _) = listener.accept().unwrap();
        ours.set_nonblocking(true).unwrap();
        let socket = ours.try_clone().unwrap().into();
        assert_eq!(probe(&socket).unwrap().length, 0);
        fill(&ours);
        let before = probe(&socket).unwrap();
        assert!(before.length > 0);
        assert_eq!(probe(&socket).unwrap().read, before.read, "nothing was read");
        read_some(theirs, 512 * 1024).unwrap();
        assert!(probe(&socket).unwrap().read > before.read);
    }

    #[test]
    fn a_unix_socket_tells_what_the_peer_has_read() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        fill(&ours);
        let socket = ours.into();
        let before = probe(&socket).unwrap();
        read_some(theirs, 32 * 1024).unwrap();
        let after = probe(&socket).unwrap();
        assert_eq!((before.read, after.read), (None, None));
        assert!(after.length < before.length);
    }
}
