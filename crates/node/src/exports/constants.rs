//! The numbers that both sides of the boundary use, as exports: TypeScript repeats none of them.

#![allow(clippy::cast_lossless, clippy::cast_possible_truncation)]
#![allow(unreachable_pub)] // The macro requires `pub`.

use crate::boundary::opener;
use crate::delivery::Row;
use crate::environment::drivers::blocking::Woken;
use crate::environment::drivers::event_loop;
use crate::environment::relays;
use crate::slab;
use crate::system::signals;
use napi_derive::napi;

/// Words before the first row.
#[napi]
pub const ROW_HEADER: u32 = slab::HEADER as u32;
/// Words of a row.
#[napi]
pub const ROW_WORDS: u32 = slab::ROW as u32;
/// The header word that is not 0 while JavaScript walks the rows: native code then does not reuse the memory of texts.
#[napi]
pub const WALKED: u32 = slab::WALKED as u32;
/// The header word that is not 0 once the process is exiting: messages leave with each send then.
#[napi]
pub const EXITING: u32 = slab::EXITING as u32;

/// A text message in the slab.
#[napi]
pub const ROW_TEXT: u32 = Row::Text as u32;
/// A binary message in the slab.
#[napi]
pub const ROW_BINARY: u32 = Row::Binary as u32;
/// A pong, in memory of its own.
#[napi]
pub const ROW_PONG: u32 = Row::Pong as u32;
/// The peer's close frame: the code, and the length of the reason, which is a value of its own unless it is empty.
#[napi]
pub const ROW_CLOSE: u32 = Row::Close as u32;
/// The connection ended after its closing handshake.
#[napi]
pub const ROW_END: u32 = Row::End as u32;
/// The connection failed.
#[napi]
pub const ROW_FAILURE: u32 = Row::Failure as u32;
/// Enough unsent bytes have left.
#[napi]
pub const ROW_DRAINED: u32 = Row::Drained as u32;
/// The rows that follow refer to the next slab.
#[napi]
pub const ROW_NEXT_SLAB: u32 = Row::NextSlab as u32;
/// A text message outside the slabs.
#[napi]
pub const ROW_OWN_TEXT: u32 = Row::OwnText as u32;
/// A binary message outside the slabs.
#[napi]
pub const ROW_OWN_BINARY: u32 = Row::OwnBinary as u32;
/// More has arrived, which no event will announce: the connection needs another turn.
#[napi]
pub const ROW_MORE: u32 = Row::More as u32;
/// A text message begins that is delivered as it arrives: the text rows up to `ROW_STREAM_END` are its parts.
#[napi]
pub const ROW_STREAM_TEXT: u32 = Row::StreamText as u32;
/// A binary message begins that is delivered as it arrives: the binary rows up to `ROW_STREAM_END` are its parts.
#[napi]
pub const ROW_STREAM_BINARY: u32 = Row::StreamBinary as u32;
/// The message that was delivered as it arrived is complete.
#[napi]
pub const ROW_STREAM_END: u32 = Row::StreamEnd as u32;
/// The next message is larger than `maxMessageSize`: nothing is read until JavaScript has decided about it.
#[napi]
pub const ROW_HELD: u32 = Row::Held as u32;
/// A ping, in memory of its own, of a connection that reports pings.
#[napi]
pub const ROW_PING: u32 = Row::Ping as u32;
/// The bytes of a text message, in the slab.
#[napi]
pub const ROW_TEXT_BYTES: u32 = Row::TextBytes as u32;
/// The bytes of a text message outside the slabs.
#[napi]
pub const ROW_OWN_TEXT_BYTES: u32 = Row::OwnTextBytes as u32;
/// The deadline that `limitClose` has set has passed.
#[napi]
pub const ROW_CLOSE_DUE: u32 = Row::CloseDue as u32;

/// The rows that follow are those of another connection: the row has the low and the high word of its number.
#[napi]
pub const ROW_CONNECTION: u32 = Row::Connection as u32;

/// `block`: the deadline passed.
#[napi]
pub const WOKEN_DEADLINE: u32 = Woken::Deadline as u32;
/// `block`: a batch was delivered, or the connection ended.
#[napi]
pub const WOKEN_DELIVERED: u32 = Woken::Delivered as u32;
/// `block`: a signal or the termination of the Worker interrupted the call.
#[napi]
pub const WOKEN_INTERRUPTED: u32 = Woken::Interrupted as u32;
/// `block`: there is no connection of that number.
#[napi]
pub const WOKEN_GONE: u32 = Woken::Gone as u32;
/// `block`: the caller takes the batch from the rows. Their first word counts them.
#[napi]
pub const WOKEN_ROWS: u32 = Woken::Rows as u32;
/// `block`: native code is reading connections on this thread, so nothing was read.
#[napi]
pub const WOKEN_BUSY: u32 = Woken::Busy as u32;

/// `sendBinary` sent nothing: the view has no bytes, and its memory may have been transferred.
#[napi]
pub const SEND_EMPTY: f64 = -2.0;
/// `sendBytes` sent nothing: the value is not a `Uint8Array` with bytes in unshared memory, so `sendBinary` decides.
#[napi]
pub const SEND_NOT_BYTES: f64 = -2.0;
/// A send of the blocking API sent nothing: the socket has to be read first.
#[napi]
pub const SEND_READ_FIRST: f64 = -3.0;
/// `sendFrame`: compresses the message if permessage-deflate is negotiated.
#[napi]
pub const FRAME_COMPRESS: u32 = 1;
/// `sendFrame`: sends the message uncompressed. Without one of the two, its size decides.
#[napi]
pub const FRAME_PLAIN: u32 = 2;
/// `sendFrame`: more fragments of the message follow.
#[napi]
pub const FRAME_MORE: u32 = 4;
/// `sendFrame`: the frame continues a message.
#[napi]
pub const FRAME_CONTINUATION: u32 = 8;
/// `sendFrame`: the bytes of a view are those of a text. They are not checked to be UTF-8.
#[napi]
pub const FRAME_TEXT: u32 = 16;
/// `relay`: go on reading.
#[napi]
pub const RELAY_READ: u32 = relays::READ;
/// `relay`: end the writing side after the bytes.
#[napi]
pub const RELAY_SHUT: u32 = relays::SHUT;
/// `relay`: close the stream after the bytes. Nothing follows.
#[napi]
pub const RELAY_CLOSED: u32 = relays::CLOSED;
/// `relay`: the stream keeps the process alive.
#[napi]
pub const RELAY_REFERENCED: u32 = relays::REFERENCED;
/// `relay`: closing does not wait for what the stream cannot write at once.
#[napi]
pub const RELAY_ABORTED: u32 = relays::ABORTED;
/// `open`: connect to a host.
#[napi]
pub const OPEN_HOST: u32 = opener::OPEN_HOST;
/// `open`: connect to a Unix socket.
#[napi]
pub const OPEN_UNIX: u32 = opener::OPEN_UNIX;
/// `open`: run the TLS handshake with the server.
#[napi]
pub const OPEN_TLS: u32 = opener::OPEN_TLS;
/// `open`: run the TLS handshake with the proxy.
#[napi]
pub const OPEN_PROXY_TLS: u32 = opener::OPEN_PROXY_TLS;
/// `runKeepalive` sent a ping and has to be called again.
#[napi]
pub const KEEPALIVE_PINGED: f64 = event_loop::PINGED;

/// The bit of SIGINT, or of Ctrl+C on Windows.
#[napi]
pub const SIGNAL_INT: u32 = signals::INT;
/// The bit of SIGTERM.
#[napi]
pub const SIGNAL_TERM: u32 = signals::TERM;
/// The bit of SIGHUP, or of a closed console on Windows.
#[napi]
pub const SIGNAL_HUP: u32 = signals::HUP;
/// The bit of SIGBREAK: Ctrl+Break on Windows.
#[napi]
pub const SIGNAL_BREAK: u32 = signals::BREAK;
