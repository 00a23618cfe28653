//! Tests of relayed streams.

use super::relay::{Relay, RelayStream};
use crate::error::RelayError;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Makes a stream, and counts the notifications of the caller.
fn pair() -> (Relay, RelayStream, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let notified = Arc::clone(&count);
    let notify = move || {
        notified.fetch_add(1, Ordering::Relaxed);
    };
    let (relay, stream) = Relay::new(1, None, notify);
    (relay, stream, count)
}

fn kind<T>(result: io::Result<T>) -> Option<io::ErrorKind> {
    result.err().map(|error| error.kind())
}

#[test]
fn notifies_once_until_the_work_is_taken() {
    let (relay, stream, count) = pair();
    assert_eq!(stream.write(b"one").unwrap(), 3);
    assert_eq!(stream.write(b"two").unwrap(), 3);
    assert_eq!(count.load(Ordering::Relaxed), 1);
    assert_eq!(relay.take().bytes, b"onetwo");
    assert_eq!(stream.write(b"three").unwrap(), 5);
    assert_eq!(count.load(Ordering::Relaxed), 2);
}

#[test]
fn accepts_no_more_while_the_stream_has_much_to_write() {
    let (relay, stream, _) = pair();
    let chunk = vec![0; 1024 * 1024];
    assert_eq!(stream.write(&chunk).unwrap(), chunk.len());
    assert_eq!(kind(stream.write(b"x")), Some(io::ErrorKind::WouldBlock));
    // Taking is not writing.
    let taken = relay.take().bytes.len();
    assert_eq!(stream.unsent(), taken);
    assert_eq!(kind(stream.write(b"x")), Some(io::ErrorKind::WouldBlock));
    relay.set_unsent(0);
    assert_eq!(stream.write(b"x").unwrap(), 1);
}

#[test]
fn stops_the_caller_when_much_is_unread_and_resumes_it() {
    let (relay, stream, _) = pair();
    assert!(!relay.take().reads, "nothing is read before the connection asks");
    stream.begin_reading();
    assert!(relay.take().reads);
    relay.push(&vec![0; 256 * 1024]);
    assert!(!relay.take().reads);
    let mut buf = vec![0; 64 * 1024];
    assert_eq!(stream.read(&mut buf).unwrap(), buf.len());
    assert!(relay.take().reads);
}

#[test]
fn reports_an_error_after_what_came_before_it() {
    let (relay, stream, _) = pair();
    relay.push(b"last");
    relay.end(Some(RelayError {
        code: "ECONNRESET".to_owned(),
        message: "reset".to_owned(),
    }));
    let mut buf = Vec::with_capacity(16);
    assert_eq!(stream.append(&mut buf).unwrap(), 4);
    assert_eq!(buf, b"last");
    assert_eq!(
        kind(stream.append(&mut buf)),
        Some(io::ErrorKind::ConnectionReset)
    );
    assert_eq!(kind(stream.write(b"x")), Some(io::ErrorKind::ConnectionReset));
}

#[test]
fn ends_after_what_came_before_the_end() {
    let (relay, stream, _) = pair();
    let mut buf = [0; 4];
    assert_eq!(kind(stream.read(&mut buf)), Some(io::ErrorKind::WouldBlock));
    relay.push(b"last");
    relay.end(None);
    assert_eq!(stream.read(&mut buf).unwrap(), 4);
    assert_eq!(stream.read(&mut buf).unwrap(), 0);
}

#[test]
fn has_the_caller_close_the_stream_when_it_is_dropped() {
    let (relay, stream, count) = pair();
    stream.write(b"last").unwrap();
    drop(stream);
    let work = relay.take();
    assert!(work.is_closed);
    assert_eq!(work.bytes, b"last");
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[test]
fn counts_what_is_behind_unsent_bytes_and_not_what_may_be_written_at_once() {
    let (relay, stream, _) = pair();
    stream.write(b"one").unwrap();
    assert_eq!((stream.unsent(), stream.unwritten()), (0, 3));
    relay.take();
    stream.write(b"two").unwrap();
    assert_eq!((stream.unsent(), stream.unwritten()), (6, 6));
    relay.set_unsent(0);
    assert_eq!((stream.unsent(), stream.unwritten()), (0, 3));
}

#[test]
fn queues_nothing_for_a_stream_that_is_destroyed() {
    let (relay, stream, _) = pair();
    stream.write(b"one").unwrap();
    relay.destroy();
    assert_eq!(kind(stream.write(b"two")), Some(io::ErrorKind::BrokenPipe));
    assert_eq!(stream.unwritten(), 0);
}

#[test]
fn tells_the_caller_whether_closing_waits() {
    for aborts in [false, true] {
        let (relay, stream, _) = pair();
        if aborts {
            stream.abort();
        }
        drop(stream);
        let work = relay.take();
        assert!(work.is_closed);
        assert_eq!(work.is_aborted, aborts);
    }
}
