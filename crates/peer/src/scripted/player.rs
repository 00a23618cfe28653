//! Plays a script on the bare socket and records what the client sends.

use std::{fmt::Write as _, future::Future, io, time::Duration};

use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::yield_now,
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::{
    frame::{CLOSE, Frame},
    request_head::RequestHead,
    transport::Transport,
};

use super::{
    script::{Action, ScriptPayload, ScriptStep},
    transcript::{Ending, Transcript},
};

/// How many bytes of a repeated payload go into one write.
const WRITE_SIZE: usize = 64 * 1024;
/// The most bytes that one step reads.
const MAX_READ: usize = 1 << 30;
/// The placeholder for the value of `Sec-WebSocket-Accept`.
const ACCEPT: &str = "{accept}";

/// A connection whose script is being played.
pub(super) struct Player {
    stream: TcpStream,
    /// Received bytes that no step has read yet.
    inbound: BytesMut,
    /// The correct `Sec-WebSocket-Accept`, if the request has a key.
    accept: Option<String>,
    transcript: Transcript,
    eof: bool,
    reset: bool,
}

impl Player {
    pub(super) fn new(stream: TcpStream, head: &RequestHead, rest: &[u8]) -> Self {
        Self {
            stream,
            inbound: BytesMut::from(rest),
            accept: head
                .header("sec-websocket-key")
                .map(|key| derive_accept_key(key.as_bytes())),
            transcript: Transcript::new(&head.text),
            eof: false,
            reset: false,
        }
    }

    /// Plays all steps, or up to the first that fails. The caller closes the returned connection.
    pub(super) async fn play(mut self, steps: &[ScriptStep]) -> (EndedConnection, Transcript, Ending) {
        let mut ending = None;
        for (index, step) in steps.iter().enumerate() {
            if let Err(failure) = self.step(step).await {
                ending = Some(match failure {
                    Ending::Error(message) => Ending::Error(format!("step {}: {message}", index + 1)),
                    other => other,
                });
                break;
            }
        }
        let ending = ending.unwrap_or(if self.eof { Ending::Eof } else { Ending::Done });
        (
            EndedConnection {
                stream: self.stream,
                reset: self.reset,
            },
            self.transcript,
            ending,
        )
    }

    async fn step(&mut self, step: &ScriptStep) -> Result<(), Ending> {
        let limit = step.timeout;
        match &step.action {
            Action::Accept { headers } => {
                let response = self.switching_protocols(headers)?;
                self.write(response.as_bytes(), limit).await
            }
            Action::Send { payload, times } => self.send(&self.bytes(payload)?, *times, limit).await,
            Action::Drip { payload, every } => self.drip(&self.bytes(payload)?, *every, limit).await,
            Action::Sleep(time) => {
                sleep(*time).await;
                Ok(())
            }
            Action::Read(count) => within(limit, self.read(*count)).await,
            Action::ReadFrame => within(limit, self.read_frame()).await.map(drop),
            Action::ReadUntilClose => within(limit, self.read_until_close()).await,
            Action::ReadToEnd => within(limit, self.read_to_end()).await,
            Action::Shutdown => self.stream.shutdown().await.map_err(|error| failure(&error)),
            Action::Reset => {
                self.reset = true;
                Ok(())
            }
            Action::Close => Ok(()),
        }
    }

    fn accept(&self) -> Result<&str, Ending> {
        self.accept
            .as_deref()
            .ok_or_else(|| Ending::Error("no Sec-WebSocket-Key in the request".to_owned()))
    }

    fn switching_protocols(&self, headers: &[(String, String)]) -> Result<String, Ending> {
        let mut response = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n",
            self.accept()?
        );
        for (name, value) in headers {
            // Writing to a string cannot fail.
            let _ = write!(response, "{name}: {value}\r\n");
        }
        response.push_str("\r\n");
        Ok(response)
    }

    fn bytes(&self, payload: &ScriptPayload) -> Result<Vec<u8>, Ending> {
        match payload {
            ScriptPayload::Bytes(bytes) => Ok(bytes.clone()),
            ScriptPayload::Template(text) if text.contains(ACCEPT) => {
                Ok(text.replace(ACCEPT, self.accept()?).into_bytes())
            }
            ScriptPayload::Template(text) => Ok(text.clone().into_bytes()),
        }
    }

    async fn send(&mut self, bytes: &[u8], times: u64, limit: Duration) -> Result<(), Ending> {
        if bytes.is_empty() {
            return Ok(());
        }
        let per_write = (WRITE_SIZE / bytes.len()).max(1);
        let mut left = usize::try_from(times).unwrap_or(usize::MAX);
        let repeated = bytes.repeat(per_write.min(left));
        while left > 0 {
            let now = per_write.min(left);
            self.write(repeated.get(..now * bytes.len()).unwrap_or_default(), limit)
                .await?;
            left -= now;
        }
        Ok(())
    }

    async fn drip(&mut self, bytes: &[u8], every: Duration, limit: Duration) -> Result<(), Ending> {
        for byte in bytes {
            self.write(&[*byte], limit).await?;
            if every.is_zero() {
                // Lets a client in the same process read the bytes one by one.
                yield_now().await;
            } else {
                sleep(every).await;
            }
        }
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8], limit: Duration) -> Result<(), Ending> {
        let written = async {
            self.stream
                .write_all(bytes)
                .await
                .map_err(|error| failure(&error))
        };
        within(limit, written).await
    }

    async fn read(&mut self, count: usize) -> Result<(), Ending> {
        if count > MAX_READ {
            return Err(Ending::Error(format!(
                "{count} bytes are over the limit of {MAX_READ}"
            )));
        }
        while self.inbound.len() < count {
            if !self.fill().await? {
                self.note_rest();
                return Err(Ending::Eof);
            }
        }
        let bytes = self.inbound.split_to(count);
        self.transcript.bytes(&bytes);
        Ok(())
    }

    /// Reads a frame. Returns whether it is a close frame.
    async fn read_frame(&mut self) -> Result<bool, Ending> {
        loop {
            if let Some(frame) = Frame::take(&mut self.inbound).map_err(Ending::Error)? {
                self.transcript.frame(&frame);
                return Ok(frame.opcode == CLOSE);
            }
            if !self.fill().await? {
                self.note_rest();
                return Err(Ending::Eof);
            }
        }
    }

    async fn read_until_close(&mut self) -> Result<(), Ending> {
        loop {
            match self.read_frame().await {
                Ok(false) => {}
                // The end of the stream ends this step like a close frame.
                Ok(true) | Err(Ending::Eof) => return Ok(()),
                Err(other) => return Err(other),
            }
        }
    }

    async fn read_to_end(&mut self) -> Result<(), Ending> {
        loop {
            self.note_rest();
            if !self.fill().await? {
                return Ok(());
            }
        }
    }

    /// Adds the unread bytes, even of an incomplete frame, to the transcript.
    fn note_rest(&mut self) {
        let rest = self.inbound.split();
        self.transcript.bytes(&rest);
    }

    /// Reads more bytes. Returns false at the end of the stream.
    async fn fill(&mut self) -> Result<bool, Ending> {
        let read = self
            .stream
            .read_buf(&mut self.inbound)
            .await
            .map_err(|error| failure(&error))?;
        self.eof |= read == 0;
        Ok(read > 0)
    }
}

/// A connection whose script has ended.
pub(super) struct EndedConnection {
    stream: TcpStream,
    reset: bool,
}

impl EndedConnection {
    /// Closes the connection with FIN, or with RST after a `reset` step.
    pub(super) async fn close(self) {
        let transport = Transport::plain(self.stream);
        if self.reset {
            transport.reset();
        } else {
            transport.cut().await;
        }
    }
}

async fn within<T>(limit: Duration, wait: impl Future<Output = Result<T, Ending>>) -> Result<T, Ending> {
    timeout(limit, wait).await.unwrap_or(Err(Ending::Timeout))
}

fn failure(error: &io::Error) -> Ending {
    match error.kind() {
        // A write after the client's RST was read fails with EPIPE.
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            Ending::Reset
        }
        _ => Ending::Error(error.to_string()),
    }
}
