//! The caller's `lookup`: Tokio asks, the JavaScript thread answers.

use napi::bindgen_prelude::ToNapiValue;
use napi::{Result, sys};
use std::fmt;
use std::io;
use std::net::IpAddr;
use tokio::sync::oneshot;
use websocket_rs_client::Family;
use websocket_rs_client::connect::{Lookup, Resolving};

/// Addresses, or what is to be said instead.
pub(crate) type Answer = std::result::Result<Vec<IpAddr>, String>;

/// A name somebody waits for.
#[derive(Debug)]
pub(crate) struct Question {
    host: String,
    family: Family,
    answer: oneshot::Sender<Answer>,
}

impl Question {
    /// The arguments of the JavaScript function, and where its answer goes.
    pub(crate) fn into_arguments(
        self,
        raw: sys::napi_env,
    ) -> Result<([sys::napi_value; 2], oneshot::Sender<Answer>)> {
        let family: u32 = match self.family {
            Family::Any => 0,
            Family::V4 => 4,
            Family::V6 => 6,
        };
        // SAFETY: callers are on the environment's thread with a handle scope open.
        let arguments = unsafe {
            [
                String::to_napi_value(raw, self.host)?,
                u32::to_napi_value(raw, family)?,
            ]
        };
        Ok((arguments, self.answer))
    }
}

/// Addresses as JavaScript gives them; a text instead of them says why there are none.
pub(crate) fn to_answer(addresses: Vec<String>, problem: Option<String>) -> Answer {
    if let Some(problem) = problem {
        return Err(problem);
    }
    let parse = |text: String| text.parse().map_err(|_| format!("{text:?} is not an IP address"));
    addresses.into_iter().map(parse).collect()
}

/// Asks by sending questions to whoever takes them to JavaScript.
pub(crate) struct Asking<F>(F);

impl<F: Fn(Question) + Send + Sync> Asking<F> {
    pub(crate) fn new(send: F) -> Self {
        Self(send)
    }
}

impl<F> fmt::Debug for Asking<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asking").finish_non_exhaustive()
    }
}

impl<F: Fn(Question) + Send + Sync> Lookup for Asking<F> {
    fn lookup(&self, host: &str, family: Family) -> Resolving {
        let (answer, answered) = oneshot::channel();
        (self.0)(Question {
            host: host.to_owned(),
            family,
            answer,
        });
        Box::pin(async move {
            // An environment that ends answers no more.
            let answer = answered
                .await
                .unwrap_or_else(|_| Err("nobody answers".to_owned()));
            answer.map_err(io::Error::other)
        })
    }
}
