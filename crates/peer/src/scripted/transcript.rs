//! Transcripts: what scripted connections received, kept until a test requests it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::watch, time::timeout};

use crate::frame::Frame;

/// How many transcripts are kept. The oldest is dropped first.
const MAX_KEPT: usize = 1000;
/// How many bytes of payload a transcript keeps in all, so that 1000 transcripts fit into memory.
const MAX_BYTES: usize = 1024 * 1024;
/// How long a request for a transcript waits for the script to end.
const WAIT_LIMIT: Duration = Duration::from_secs(10);

/// Why a script ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The client's FIN was read.
    Eof,
    /// The client sent RST.
    Reset,
    /// All steps were played before the client closed the connection.
    Done,
    /// A step exceeded its timeout.
    Timeout,
    /// A step could not be played.
    Error(String),
}

impl Ending {
    fn text(&self) -> String {
        match self {
            Self::Eof => "eof".to_owned(),
            Self::Reset => "reset".to_owned(),
            Self::Done => "done".to_owned(),
            Self::Timeout => "timeout".to_owned(),
            Self::Error(message) => format!("error: {message}"),
        }
    }
}

/// The transcript of one connection.
#[derive(Debug)]
pub(super) struct Transcript {
    request: String,
    frames: Vec<Value>,
    bytes: Vec<u8>,
    /// How many more bytes of payload are kept.
    remaining: usize,
}

impl Transcript {
    pub(super) fn new(request: &str) -> Self {
        Self {
            request: request.to_owned(),
            frames: Vec::new(),
            bytes: Vec::new(),
            remaining: MAX_BYTES,
        }
    }

    /// Adds a frame. If its payload does not fit, keeps the beginning and adds the full length as `cutFrom`.
    pub(super) fn frame(&mut self, frame: &Frame) {
        let kept = self.claim(&frame.payload);
        let mut note = json!({
            "fin": frame.fin,
            "rsv": frame.rsv,
            "opcode": frame.opcode,
            "masked": frame.mask.is_some(),
            "hex": hex::encode(kept),
        });
        if kept.len() < frame.payload.len() {
            add(&mut note, "cutFrom", frame.payload.len().into());
        }
        self.frames.push(note);
    }

    /// Adds bytes that were not read as frames.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        let kept = self.claim(bytes);
        self.bytes.extend_from_slice(kept);
    }

    /// Returns the part of the bytes that fits, and counts it.
    fn claim<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let kept = bytes.get(..self.remaining).unwrap_or(bytes);
        self.remaining -= kept.len();
        kept
    }

    fn into_json(self, ending: &Ending) -> Value {
        let mut value = json!({ "request": self.request, "frames": self.frames, "ended": ending.text() });
        if !self.bytes.is_empty() {
            add(&mut value, "bytes", hex::encode(&self.bytes).into());
        }
        value
    }
}

fn add(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(map) = object {
        map.insert(key.to_owned(), value);
    }
}

/// All transcripts by name.
pub(crate) struct Transcripts {
    kept: Mutex<Kept>,
    /// Changes when a script ends, to wake waiting requests.
    ended: watch::Sender<u64>,
}

#[derive(Default)]
struct Kept {
    /// `None` for a script that is still being played.
    known: HashMap<String, Option<Arc<Value>>>,
    /// The names, oldest first.
    order: VecDeque<String>,
}

/// The state of a script.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Ended(Arc<Value>),
    Running,
    Unknown,
}

impl Default for Transcripts {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            ended: watch::Sender::new(0),
        }
    }
}

impl Transcripts {
    /// Registers a script that begins. Drops an older transcript with the same name.
    pub(super) fn begin(&self, name: &str) {
        let mut kept = self.lock();
        if kept.known.insert(name.to_owned(), None).is_none() {
            kept.order.push_back(name.to_owned());
        }
        if kept.order.len() > MAX_KEPT
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.known.remove(&oldest);
        }
    }

    /// Keeps the transcript of a script that has ended.
    pub(super) fn end(&self, name: &str, transcript: Transcript, ending: &Ending) {
        // The name is unknown if a thousand other scripts have begun since.
        if let Some(known) = self.lock().known.get_mut(name) {
            *known = Some(Arc::new(transcript.into_json(ending)));
        }
        self.ended.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Returns the transcript with this name. Waits for a script that has not ended, or not begun.
    pub(super) async fn wait(&self, name: &str) -> Found {
        let mut ended = self.ended.subscribe();
        let found = timeout(WAIT_LIMIT, async {
            loop {
                if let found @ Found::Ended(_) = self.find(name) {
                    return found;
                }
                if ended.changed().await.is_err() {
                    return Found::Unknown;
                }
            }
        });
        found.await.unwrap_or_else(|_| self.find(name))
    }

    fn find(&self, name: &str) -> Found {
        match self.lock().known.get(name) {
            Some(Some(value)) => Found::Ended(value.clone()),
            Some(None) => Found::Running,
            None => Found::Unknown,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Poisoning is ignored: no code panics while it holds the lock.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waits_for_the_end_of_the_script() {
        let transcripts = Transcripts::default();
        transcripts.begin("a");
        let request = transcripts.wait("a");
        let end = async { transcripts.end("a", Transcript::new("GET"), &Ending::Done) };
        let (found, ()) = tokio::join!(request, end);
        let expected = json!({ "request": "GET", "frames": [], "ended": "done" });
        assert_eq!(found, Found::Ended(Arc::new(expected)));
    }

    #[test]
    fn drops_the_oldest_transcript_over_the_limit() {
        let transcripts = Transcripts::default();
        for number in 0..=MAX_KEPT {
            transcripts.begin(&number.to_string());
        }
        assert_eq!(transcripts.find("0"), Found::Unknown);
        assert_eq!(transcripts.find("1"), Found::Running);
    }

    #[test]
    fn truncates_a_payload_over_the_limit_and_reports_its_length() {
        let mut transcript = Transcript::new("");
        let payload = vec![0; MAX_BYTES + 1];
        transcript.frame(&Frame {
            fin: true,
            rsv: 0,
            opcode: 2,
            mask: None,
            payload,
        });
        let json = transcript.into_json(&Ending::Eof);
        assert_eq!(json["frames"][0]["cutFrom"], MAX_BYTES + 1);
        assert_eq!(json["ended"], "eof");
    }
}
