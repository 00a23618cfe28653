//! Modes: what the peer does after the opening handshake, chosen by the path of the upgrade request.
//!
//! | path | does |
//! | --- | --- |
//! | `/`, `/echo` | echoes messages |
//! | `/slow-handshake?delay=ms` | delays the upgrade response, then echoes |
//! | `/slow?delay=ms` | echoes each message after a delay |
//! | `/timestamp` | echoes in binary, the times of receiving and sending before the payload, see [`echo`] |
//! | `/source?count=N&size=BYTES&kind=text\|binary\|json&close=0` | sends numbered messages |
//! | `/large?bytes=N&fragment=BYTES&kind=text\|binary&count=N&ping=1` | sends messages of any size, then echoes |
//! | `/digest` | replies to each message, of any size, with its size and checksum |
//! | `/sink` | counts messages, replies to the text `report` with the counts |
//! | `/close?code=N&reason=TEXT&after=N&reset=1` | echoes `after` messages, then closes |
//! | `/ping?payload=TEXT&count=N` | sends pings, reports each pong, then echoes |
//! | `/fragments?size=BYTES&parts=N&kind=text\|binary` | replies with fragmented messages |
//! | `/headers` | sends the upgrade request as JSON, then echoes |
//! | `/deaf?hold=ms` | never reads |
//! | `/silent` | reads, never replies, not even to a ping |
//!
//! With `deflate=1` each mode negotiates permessage-deflate; `src/deflate/agreement.rs` lists the parameters.
//! `/status/CODE` and `/hang` do not open a WebSocket; see `src/upgrade.rs`.

mod close;
mod digest;
mod echo;
mod fragments;
mod headers;
mod large;
mod message_kind;
mod ping;
mod sink;
mod slow;
mod socket;
mod source;
mod unresponsive;

use std::time::Duration;

use crate::{request_head::RequestHead, transport::Transport};

use self::{
    close::Close,
    echo::Stamp,
    fragments::Fragments,
    large::Large,
    ping::Ping,
    socket::{Socket, end},
    source::Source,
    unresponsive::Unresponsive,
};

/// How long `/deaf` keeps the connection if the path does not say: longer than any test runs.
const HOLD: u64 = 600_000;

/// A mode with its parameters.
pub(crate) enum Mode {
    /// A mode without frames, on the bare socket.
    Unresponsive(Unresponsive),
    /// `/digest`, which sees frames piece by piece.
    Digest,
    /// A mode that speaks WebSocket, with the delay of its handshake.
    WebSocket(WebSocketMode, Duration),
}

/// The modes that speak WebSocket.
pub(crate) enum WebSocketMode {
    Echo(Stamp),
    Slow(Duration),
    Source(Source),
    Large(Large),
    Sink,
    Close(Close),
    Ping(Ping),
    Fragments(Fragments),
    Headers,
}

impl Mode {
    /// Returns the mode at the path of the request, or `None` if the path is unknown.
    ///
    /// # Errors
    /// If a parameter is invalid; the text names it.
    pub(crate) fn from_head(head: &RequestHead) -> Result<Option<Self>, String> {
        let query = head.query();
        let mode = match head.path() {
            "/deaf" => {
                let hold = query.millis("hold", HOLD)?;
                return Ok(Some(Self::Unresponsive(Unresponsive::Deaf(hold))));
            }
            "/silent" => return Ok(Some(Self::Unresponsive(Unresponsive::Silent))),
            "/digest" => return Ok(Some(Self::Digest)),
            "/" | "/echo" | "/slow-handshake" => WebSocketMode::Echo(Stamp::None),
            "/timestamp" => WebSocketMode::Echo(Stamp::Times),
            "/slow" => WebSocketMode::Slow(query.millis("delay", 0)?),
            "/source" => WebSocketMode::Source(Source::from_query(&query)?),
            "/large" => WebSocketMode::Large(Large::from_query(&query)?),
            "/sink" => WebSocketMode::Sink,
            "/close" => WebSocketMode::Close(Close::from_query(&query)?),
            "/ping" => WebSocketMode::Ping(Ping::from_query(&query)?),
            "/fragments" => WebSocketMode::Fragments(Fragments::from_query(&query)?),
            "/headers" => WebSocketMode::Headers,
            _ => return Ok(None),
        };
        let late = head.path() == "/slow-handshake";
        let delay = if late {
            query.millis("delay", 0)?
        } else {
            Duration::ZERO
        };
        Ok(Some(Self::WebSocket(mode, delay)))
    }
}

/// Runs `/digest`.
pub(crate) async fn digest(transport: Transport, rest: Vec<u8>) {
    digest::run(transport, rest).await;
}

impl WebSocketMode {
    /// Returns whether this mode echoes, and [`crate::fast_echo`] or [`crate::verbatim_echo`] can do so.
    pub(crate) fn is_plain_echo(&self) -> bool {
        matches!(self, Self::Echo(Stamp::None))
    }

    /// Runs the mode until the connection has ended.
    pub(crate) async fn run(self, mut socket: Socket, head: &RequestHead) {
        let result = match self {
            Self::Echo(stamp) => echo::run(&mut socket, stamp).await,
            Self::Slow(delay) => slow::run(&mut socket, delay).await,
            Self::Source(source) => source.run(&mut socket).await,
            Self::Large(large) => large.run(&mut socket).await,
            Self::Sink => sink::run(&mut socket).await,
            Self::Close(close) => close.run(&mut socket).await,
            Self::Ping(ping) => ping.run(&mut socket).await,
            Self::Fragments(fragments) => fragments.run(&mut socket).await,
            Self::Headers => headers::run(&mut socket, head).await,
        };
        end(socket, result).await;
    }
}
