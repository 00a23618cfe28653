//! What a scripted connection received, kept so that a test can ask for it afterwards.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::watch, time::timeout};

use crate::frame::Frame;

/// How many transcripts are kept; the oldest goes first.
const KEPT: usize = 1000;
/// How many bytes of payload a transcript keeps in all, or a thousand of them would not fit in memory.
const MAX_BYTES: usize = 1024 * 1024;
/// How long a question waits for its script to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a script ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The client's FIN was read.
    Eof,
    /// The client sent RST.
    Reset,
    /// All steps were played, and the client had not ended the connection by then.
    Done,
    /// A step waited too long.
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

/// The record of one connection.
#[derive(Debug)]
pub(super) struct Transcript {
    request: String,
    frames: Vec<Value>,
    bytes: Vec<u8>,
    room: usize,
}

impl Transcript {
    pub(super) fn new(request: &str) -> Self {
        Self {
            request: request.to_owned(),
            frames: Vec::new(),
            bytes: Vec::new(),
            room: MAX_BYTES,
        }
    }

    /// Notes a frame. One that does not fit is cut, and says how long it was.
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

    /// Notes bytes read as such.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        let kept = self.claim(bytes);
        self.bytes.extend_from_slice(kept);
    }

    fn claim<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let kept = bytes.get(..self.room).unwrap_or(bytes);
        self.room -= kept.len();
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

/// The transcripts by name.
pub(crate) struct Transcripts {
    shelf: Mutex<Shelf>,
    /// Changes with each ended script, to wake those who wait.
    ended: watch::Sender<u64>,
}

#[derive(Default)]
struct Shelf {
    /// Nothing for a script that is still being played.
    known: HashMap<String, Option<Arc<Value>>>,
    order: VecDeque<String>,
}

/// What there is to say about a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Ended(Arc<Value>),
    Running,
    Unknown,
}

impl Default for Transcripts {
    fn default() -> Self {
        Self {
            shelf: Mutex::default(),
            ended: watch::Sender::new(0),
        }
    }
}

impl Transcripts {
    /// Marks a script as begun. An older one of that name is forgotten.
    pub(super) fn begin(&self, name: &str) {
        let mut kept = self.lock();
        if kept.known.insert(name.to_owned(), None).is_none() {
            kept.order.push_back(name.to_owned());
        }
        if kept.order.len() > KEPT
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.known.remove(&oldest);
        }
    }

    /// Keeps the transcript of an ended script.
    pub(super) fn end(&self, name: &str, transcript: Transcript, ending: &Ending) {
        // Nothing to keep if a thousand others have begun since.
        if let Some(known) = self.lock().known.get_mut(name) {
            *known = Some(Arc::new(transcript.into_json(ending)));
        }
        self.ended.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// The transcript of that name. Waits a while for a script that has not ended, or not even begun.
    pub(super) async fn wait(&self, name: &str) -> Found {
        let mut ended = self.ended.subscribe();
        let found = timeout(PATIENCE, async {
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

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        // Nothing panics while holding it, and half a shelf would still be better than no answer.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_question_waits_for_the_end_of_its_script() {
        let transcripts = Transcripts::default();
        transcripts.begin("a");
        let ask = transcripts.wait("a");
        let end = async { transcripts.end("a", Transcript::new("GET"), &Ending::Done) };
        let (found, ()) = tokio::join!(ask, end);
        let expected = json!({ "request": "GET", "frames": [], "ended": "done" });
        assert_eq!(found, Found::Ended(Arc::new(expected)));
    }

    #[test]
    fn the_oldest_of_too_many_is_dropped() {
        let transcripts = Transcripts::default();
        for number in 0..=KEPT {
            transcripts.begin(&number.to_string());
        }
        assert_eq!(transcripts.find("0"), Found::Unknown);
        assert_eq!(transcripts.find("1"), Found::Running);
    }

    #[test]
    fn a_payload_beyond_the_room_is_cut_and_says_so() {
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
