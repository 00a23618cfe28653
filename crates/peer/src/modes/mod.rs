//! What the peer can be told to do after the opening handshake, by the path of the request.
//!
//! | path | does |
//! | --- | --- |
//! | `/`, `/echo` | echoes messages |
//! | `/slow-handshake?delay=ms` | answers the upgrade late, then echoes |
//! | `/slow?delay=ms` | echoes each message that much later |
//! | `/timestamp` | echoes in binary, the times of receiving and of sending before the payload, see [`echo`] |
//! | `/source?count=N&size=BYTES&kind=text\|binary&close=0` | sends numbered messages |
//! | `/sink` | counts messages, says the count when it hears `report` |
//! | `/close?code=N&reason=TEXT&after=N&reset=1` | echoes `after` messages, then closes |
//! | `/ping?payload=TEXT&count=N` | pings, reports each pong, then echoes |
//! | `/fragments?size=BYTES&parts=N&kind=text\|binary` | answers with fragmented messages |
//! | `/headers` | says what the request was, then echoes |
//! | `/deaf?hold=ms` | never reads |
//! | `/silent` | reads, never answers, not even a ping |
//!
//! `/status/CODE` and `/hang` never get here, as they do not open a WebSocket.

mod close;
mod echo;
mod fragments;
mod headers;
mod mute;
mod ping;
mod sink;
mod slow;
mod source;

use std::time::Duration;

use tokio::time::timeout;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::{
    head::{Head, Query},
    transport::Transport,
};

use self::{close::Close, echo::Stamp, fragments::Fragments, ping::Ping, source::Source};

/// How long a client may take with its part of the closing handshake.
const CLOSING: Duration = Duration::from_secs(10);
/// A default longer than any test runs.
const HOLD: u64 = 600_000;

pub(crate) type Socket = WebSocketStream<Transport>;
type Outcome = Result<End, Error>;

/// How the TCP connection ends when a mode is through.
enum End {
    /// After all is said: FIN, and TLS' goodbye before it.
    Finish,
    /// FIN without a word.
    Cut,
    /// RST.
    Reset,
}

/// Text or binary, as in `kind=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Binary,
}

impl Kind {
    fn from_query(query: &Query) -> Result<Option<Self>, String> {
        match query.get("kind") {
            None => Ok(None),
            Some("text") => Ok(Some(Self::Text)),
            Some("binary") => Ok(Some(Self::Binary)),
            Some(other) => Err(format!("parameter kind={other} is neither text nor binary")),
        }
    }
}

/// What a path asks for.
pub(crate) enum Mode {
    /// A mode without frames: the bare socket.
    Mute(mute::Mute),
    /// A mode that speaks WebSocket, with the delay of its handshake.
    Talk(Talk, Duration),
}

/// The modes that speak WebSocket.
pub(crate) enum Talk {
    Echo(Stamp),
    Slow(Duration),
    Source(Source),
    Sink,
    Close(Close),
    Ping(Ping),
    Fragments(Fragments),
    Headers,
}

impl Mode {
    /// The mode at the head's path, if there is one there.
    ///
    /// # Errors
    /// A text naming the parameter that is wrong.
    pub(crate) fn from_head(head: &Head) -> Result<Option<Self>, String> {
        let query = head.query();
        let talk = match head.path() {
            "/deaf" => {
                let hold = query.millis("hold", HOLD)?;
                return Ok(Some(Self::Mute(mute::Mute::Deaf(hold))));
            }
            "/silent" => return Ok(Some(Self::Mute(mute::Mute::Silent))),
            "/" | "/echo" | "/slow-handshake" => Talk::Echo(Stamp::None),
            "/timestamp" => Talk::Echo(Stamp::Times),
            "/slow" => Talk::Slow(query.millis("delay", 0)?),
            "/source" => Talk::Source(Source::from_query(&query)?),
            "/sink" => Talk::Sink,
            "/close" => Talk::Close(Close::from_query(&query)?),
            "/ping" => Talk::Ping(Ping::from_query(&query)?),
            "/fragments" => Talk::Fragments(Fragments::from_query(&query)?),
            "/headers" => Talk::Headers,
            _ => return Ok(None),
        };
        let late = head.path() == "/slow-handshake";
        let delay = if late {
            query.millis("delay", 0)?
        } else {
            Duration::ZERO
        };
        Ok(Some(Self::Talk(talk, delay)))
    }
}

impl Talk {
    /// Whether [`crate::relay`] can start it.
    pub(crate) fn is_plain_echo(&self) -> bool {
        matches!(self, Self::Echo(Stamp::None))
    }

    /// Plays the mode to the end of the connection.
    pub(crate) async fn run(self, mut socket: Socket, head: &Head) {
        let outcome = match self {
            Self::Echo(stamp) => echo::run(&mut socket, stamp).await,
            Self::Slow(delay) => slow::run(&mut socket, delay).await,
            Self::Source(source) => source.run(&mut socket).await,
            Self::Sink => sink::run(&mut socket).await,
            Self::Close(close) => close.run(&mut socket).await,
            Self::Ping(ping) => ping.run(&mut socket).await,
            Self::Fragments(fragments) => fragments.run(&mut socket).await,
            Self::Headers => headers::run(&mut socket, head).await,
        };
        conclude(socket, outcome).await;
    }
}

async fn conclude(mut socket: Socket, outcome: Outcome) {
    if let Err(error) = &outcome
        && let Some(code) = close_code(error)
    {
        let frame = CloseFrame {
            code,
            reason: error.to_string().into(),
        };
        let _ = timeout(CLOSING, socket.close(Some(frame))).await;
    }
    let transport = socket.into_inner();
    match outcome {
        Ok(End::Finish) | Err(_) => transport.finish().await,
        Ok(End::Cut) => transport.cut().await,
        Ok(End::Reset) => transport.reset(),
    }
}

/// The close code a client has earned with what it sent (RFC 6455 §7.4.1).
fn close_code(error: &Error) -> Option<CloseCode> {
    match error {
        Error::Protocol(_) => Some(CloseCode::Protocol),
        Error::Utf8(_) => Some(CloseCode::Invalid),
        Error::Capacity(_) => Some(CloseCode::Size),
        _ => None,
    }
}

fn is_data(message: &Message) -> bool {
    message.is_text() || message.is_binary()
}
