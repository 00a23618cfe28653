//! The language of scripts: a JSON array of steps, parsed and checked before the first step is played.
//!
//! | step | does |
//! | --- | --- |
//! | `{"accept":true,"headers":{…}}` | sends a valid 101, with additional headers if given |
//! | `{"text":"…"}` | sends the text, with `{accept}` replaced by the correct `Sec-WebSocket-Accept` |
//! | `{"hex":"8101 61"}` | sends bytes |
//! | `{"drip":"hex","every":ms}`, `{"dripText":"…","every":ms}` | sends one byte at a time |
//! | `{"repeat":n,"hex":"…"}` | sends the bytes n times |
//! | `{"frame":{"opcode":1,"fin":true,"rsv":0,"masked":false,"text":"…"}}` | sends a frame; `hex` or `fill` instead of `text`; with `"deflate":true`, compressed as a message of its own and with RSV1 |
//! | `{"sleep":ms}` | waits |
//! | `{"read":n}`, `{"readFrame":true}` | reads n bytes, or one frame |
//! | `{"readUntilClose":true}`, `{"readToEnd":true}` | reads to a close frame or EOF, or to EOF |
//! | `{"shutdown":true}` | sends FIN; later steps can still read |
//! | `{"close":true}`, `{"reset":true}` | closes the connection with FIN or RST |
//!
//! Every step accepts `"timeout":ms`, the limit of each wait for the socket.

use std::time::Duration;

use base64::{Engine as _, alphabet, engine};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{deflate, frame::Frame};

/// How long a step waits for the client if it has no `timeout`, in milliseconds.
const TIMEOUT: u64 = 30_000;
/// The mask of masked frames. The value is arbitrary.
const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];
/// RSV1 among the three reserved bits.
const RSV1: u8 = 4;
/// The largest `fill`, so that a typing error does not exhaust memory.
const MAX_FILL: usize = 1 << 30;
/// The keys that select an action. `repeat` comes before `hex`, which is its parameter.
const VERBS: [&str; 14] = [
    "accept",
    "text",
    "repeat",
    "hex",
    "dripText",
    "drip",
    "frame",
    "sleep",
    "readFrame",
    "readUntilClose",
    "readToEnd",
    "read",
    "shutdown",
    "reset",
];
const CLOSE_VERB: &str = "close";

/// One step with its timeout.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ScriptStep {
    pub(super) action: Action,
    pub(super) timeout: Duration,
}

/// The action of a step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    Accept { headers: Vec<(String, String)> },
    Send { payload: ScriptPayload, times: u64 },
    Drip { payload: ScriptPayload, every: Duration },
    Sleep(Duration),
    Read(usize),
    ReadFrame,
    ReadUntilClose,
    ReadToEnd,
    Shutdown,
    Reset,
    Close,
}

/// What to send.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ScriptPayload {
    Bytes(Vec<u8>),
    /// Text in which `{accept}` is replaced.
    Template(String),
}

/// Parses a script from the path: base64url, with or without padding.
///
/// # Errors
/// If a step is invalid; the text names the step, counted from 1.
pub(super) fn from_path(encoded: &str) -> Result<Vec<ScriptStep>, String> {
    let config = engine::general_purpose::GeneralPurposeConfig::new()
        .with_decode_padding_mode(engine::DecodePaddingMode::Indifferent);
    let engine = engine::general_purpose::GeneralPurpose::new(&alphabet::URL_SAFE, config);
    let json = engine
        .decode(encoded)
        .map_err(|error| format!("script is not base64url: {error}"))?;
    let steps: Vec<Value> =
        serde_json::from_slice(&json).map_err(|error| format!("script is not an array of steps: {error}"))?;
    steps
        .into_iter()
        .enumerate()
        .map(|(index, step)| numbered(index + 1, step))
        .collect::<Result<_, _>>()
        .and_then(|steps: Vec<ScriptStep>| match ends_early(&steps) {
            Some(number) => Err(format!("step {number}: nothing can follow close or reset")),
            None => Ok(steps),
        })
}

/// Returns the number of a closing step that is not the last step.
fn ends_early(steps: &[ScriptStep]) -> Option<usize> {
    let end = steps
        .iter()
        .position(|step| matches!(step.action, Action::Close | Action::Reset))?
        + 1;
    (end < steps.len()).then_some(end)
}

fn numbered(number: usize, step: Value) -> Result<ScriptStep, String> {
    let Value::Object(map) = step else {
        return Err(format!("step {number}: not an object: {step}"));
    };
    let mut keys = Keys(map);
    let verb = VERBS
        .into_iter()
        .chain([CLOSE_VERB])
        .find(|verb| keys.0.contains_key(*verb));
    let Some(verb) = verb else {
        let known: Vec<_> = keys.0.keys().cloned().collect();
        return Err(format!("step {number}: no known step in {known:?}"));
    };
    let parsed = keys.step(verb).and_then(|step| keys.finish().map(|()| step));
    parsed.map_err(|error| format!("step {number} ({verb}): {error}"))
}

/// The keys of an object that are not parsed yet. A key that is left at the end is an error.
struct Keys(Map<String, Value>);

impl Keys {
    fn step(&mut self, verb: &str) -> Result<ScriptStep, String> {
        let timeout = Duration::from_millis(self.optional("timeout")?.unwrap_or(TIMEOUT));
        Ok(ScriptStep {
            action: self.action(verb)?,
            timeout,
        })
    }

    fn action(&mut self, verb: &str) -> Result<Action, String> {
        Ok(match verb {
            "text" => once(ScriptPayload::Template(self.required(verb)?)),
            "hex" => once(ScriptPayload::Bytes(self.hex(verb)?)),
            "frame" => once(ScriptPayload::Bytes(Self(self.required(verb)?).frame()?.encode())),
            "repeat" => Action::Send {
                times: self.required(verb)?,
                payload: ScriptPayload::Bytes(self.hex("hex")?),
            },
            "drip" => Action::Drip {
                payload: ScriptPayload::Bytes(self.hex(verb)?),
                every: self.every()?,
            },
            "dripText" => Action::Drip {
                payload: ScriptPayload::Template(self.required(verb)?),
                every: self.every()?,
            },
            "sleep" => Action::Sleep(Duration::from_millis(self.required(verb)?)),
            "read" => Action::Read(self.required(verb)?),
            _ => return self.switch(verb),
        })
    }

    /// Parses the actions whose value is `true`.
    fn switch(&mut self, verb: &str) -> Result<Action, String> {
        if !self.required::<bool>(verb)? {
            return Err("must be true".to_owned());
        }
        Ok(match verb {
            "accept" => Action::Accept {
                headers: self.headers()?,
            },
            "readFrame" => Action::ReadFrame,
            "readUntilClose" => Action::ReadUntilClose,
            "readToEnd" => Action::ReadToEnd,
            "shutdown" => Action::Shutdown,
            "reset" => Action::Reset,
            _ => Action::Close,
        })
    }

    /// Parses names with a value or an array of values.
    fn headers(&mut self) -> Result<Vec<(String, String)>, String> {
        let mut headers = Vec::new();
        for (name, value) in self
            .optional::<Map<String, Value>>("headers")?
            .unwrap_or_default()
        {
            let values = if let Value::Array(values) = value {
                values
            } else {
                vec![value]
            };
            for value in values {
                let value = value
                    .as_str()
                    .ok_or_else(|| format!("header `{name}`: not a string"))?;
                headers.push((name.clone(), value.to_owned()));
            }
        }
        Ok(headers)
    }

    fn frame(mut self) -> Result<Frame, String> {
        let mut frame = Frame {
            opcode: self.number("opcode", 15)?.ok_or("`opcode` is missing")?,
            fin: self.optional("fin")?.unwrap_or(true),
            rsv: self.number("rsv", 7)?.unwrap_or(0),
            mask: self.optional("masked")?.unwrap_or(false).then_some(MASK),
            payload: self.payload()?,
        };
        if self.optional("deflate")?.unwrap_or(false) {
            frame.rsv |= RSV1;
            frame.payload = deflate::compressed(&frame.payload)?;
        }
        self.finish().map(|()| frame)
    }

    /// Parses one of `text`, `hex` and `fill`. A second one is left over and therefore an error.
    fn payload(&mut self) -> Result<Vec<u8>, String> {
        if let Some(text) = self.optional::<String>("text")? {
            return Ok(text.into_bytes());
        }
        if self.0.contains_key("hex") {
            return self.hex("hex");
        }
        match self.optional::<usize>("fill")?.unwrap_or(0) {
            fill @ 0..=MAX_FILL => Ok(vec![b'a'; fill]),
            fill => Err(format!("`fill`: {fill} is more than {MAX_FILL}")),
        }
    }

    fn number(&mut self, key: &str, most: u8) -> Result<Option<u8>, String> {
        match self.optional::<u8>(key)? {
            Some(number) if number > most => Err(format!("`{key}`: {number} is more than {most}")),
            number => Ok(number),
        }
    }

    fn every(&mut self) -> Result<Duration, String> {
        self.optional("every")
            .map(|every| Duration::from_millis(every.unwrap_or(0)))
    }

    fn hex(&mut self, key: &str) -> Result<Vec<u8>, String> {
        let text = self.required::<String>(key)?;
        let digits: String = text.split_whitespace().collect();
        hex::decode(digits).map_err(|error| format!("`{text}` is not hexadecimal: {error}"))
    }

    fn required<T: DeserializeOwned>(&mut self, key: &str) -> Result<T, String> {
        self.optional(key)?.ok_or_else(|| format!("`{key}` is missing"))
    }

    fn optional<T: DeserializeOwned>(&mut self, key: &str) -> Result<Option<T>, String> {
        let value = self.0.remove(key).map(serde_json::from_value).transpose();
        value.map_err(|error| format!("`{key}`: {error}"))
    }

    fn finish(self) -> Result<(), String> {
        self.0
            .keys()
            .next()
            .map_or(Ok(()), |key| Err(format!("unknown key `{key}`")))
    }
}

fn once(payload: ScriptPayload) -> Action {
    Action::Send { payload, times: 1 }
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
