//! The kernel's send queue of a socket. Bytes that `write` has accepted may stay in it for minutes.

#[cfg(any(target_os = "linux", target_os = "android"))]
use std::time::Duration;
use websocket_rs_client::KernelSendQueue;

/// Reads the length of the send queue and, over TCP, how far the peer has read. Returns `None` if the kernel reports
/// no length.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn probe(socket: &socket2::Socket) -> Option<KernelSendQueue> {
    // The right edge of the peer's receive window. It advances only when the peer's program reads. A Unix socket needs
    // no such figure: its send queue shrinks when the peer's program reads.
    let edge = |info: libc::tcp_info| info.tcpi_bytes_acked + u64::from(info.tcpi_snd_wnd);
    // Retransmissions without an acknowledgement: the peer's host is gone or unreachable. If its receive window is full,
    // the kernel sends probes instead, which a living host acknowledges; `tcpi_probes` counts those without an answer.
    // One may be lost, or not answered because Linux limits the rate of such answers.
    let unacknowledged = |info: libc::tcp_info| {
        let is_sent_again = info.tcpi_unacked > 0 && info.tcpi_retransmits > 0;
        let is_unanswered = is_sent_again || info.tcpi_probes > 1;
        is_unanswered.then(|| Duration::from_millis(info.tcpi_last_ack_recv.into()))
    };
    let info = linux::tcp_info(socket);
    Some(KernelSendQueue {
        length: linux::queued(socket)?,
        read: info.map(edge),
        unacknowledged: info.and_then(unacknowledged),
    })
}

/// Reads the send queue of a descriptor, which has to be open. Returns `None` if there is none, and on Windows.
#[cfg(unix)]
pub(crate) fn probe_descriptor(descriptor: i32) -> Option<KernelSendQueue> {
    use std::os::fd::BorrowedFd;
    if descriptor < 0 {
        return None;
    }
    // SAFETY: the descriptor is open: the stream of JavaScript that owns it has just been asked about it, on this thread.
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    probe(&socket2::SockRef::from(&borrowed))
}

#[cfg(not(unix))]
pub(crate) fn probe_descriptor(_descriptor: i32) -> Option<KernelSendQueue> {
    None
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use std::mem::{MaybeUninit, size_of};
    use std::os::fd::AsRawFd;

    /// Returns the bytes in the send queue (`SIOCOUTQ`): not acknowledged over TCP, not read over a Unix socket.
    pub(super) fn queued(socket: &socket2::Socket) -> Option<u64> {
        let mut queued: libc::c_int = 0;
        // SAFETY: the descriptor is open while `socket` is borrowed. The request writes one `int` (ioctl(2)).
        let status = unsafe { libc::ioctl(socket.as_raw_fd(), libc::TIOCOUTQ, &raw mut queued) };
        (status == 0).then(|| u64::try_from(queued).ok()).flatten()
    }

    /// Returns the kernel's `tcp_info`. Returns `None` for other sockets and on kernels before 5.4, whose structure
    /// has no `tcpi_snd_wnd`.
    pub(super) fn tcp_info(socket: &socket2::Socket) -> Option<libc::tcp_info> {
        let mut info = MaybeUninit::<libc::tcp_info>::zeroed();
        let mut length = libc::socklen_t::try_from(size_of::<libc::tcp_info>()).ok()?;
        // SAFETY: the descriptor is open. The kernel writes at most `length` bytes to `info` and stores their number in
        // `length`.
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
        // SAFETY: `info` was zeroed, and all of its fields are integers.
        is_filled.then(|| unsafe { info.assume_init() })
    }
}

/// Reads the length of the send queue (`SO_NWRITE`), which shrinks when the peer acknowledges. macOS does not report
/// how far the peer has read.
#[cfg(target_vendor = "apple")]
pub(crate) fn probe(socket: &socket2::Socket) -> Option<KernelSendQueue> {
    use std::mem::size_of;
    use std::os::fd::AsRawFd;
    let mut queued: libc::c_int = 0;
    let mut length = libc::socklen_t::try_from(size_of::<libc::c_int>()).ok()?;
    // SAFETY: the descriptor is open while `socket` is borrowed. The option is one `int`.
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
    Some(KernelSendQueue {
        length,
        read: None,
        unacknowledged: None,
    })
}

/// Returns `None`: Windows has no equivalent.
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

    /// Writes until the kernel accepts no more.
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
    fn tcp_reports_what_the_peer_has_read() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (theirs, _) = listener.accept().unwrap();
        ours.set_nonblocking(true).unwrap();
        let socket = ours.try_clone().unwrap().into();
        assert_eq!(probe(&socket).unwrap().length, 0);
        fill(&ours);
        let before = probe(&socket).unwrap();
        assert!(before.length > 0);
        assert_eq!(
            probe(&socket).unwrap().read,
            before.read,
            "the peer has read nothing"
        );
        read_some(theirs, 512 * 1024).unwrap();
        assert!(probe(&socket).unwrap().read > before.read);
    }

    #[test]
    fn the_queue_of_a_unix_socket_shrinks_when_the_peer_reads() {
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
