//! The caller's `lookup` function: Tokio requests a name, the JavaScript thread replies.

use napi::bindgen_prelude::ToNapiValue;
use napi::{Result, sys};
use std::fmt;
use std::io;
use std::net::IpAddr;
use tokio::sync::oneshot;
use websocket_rs_client::Family;
use websocket_rs_client::connect::{Lookup, Resolving};

/// The addresses of a name, or the reason why there are none.
pub(crate) type LookupResult = std::result::Result<Vec<IpAddr>, String>;

/// A name to look up.
#[derive(Debug)]
pub(crate) struct LookupRequest {
    host: String,
    family: Family,
    reply: oneshot::Sender<LookupResult>,
}

impl LookupRequest {
    /// Returns the arguments of the JavaScript function and the sender of its result.
    pub(crate) fn into_arguments(
        self,
        raw: sys::napi_env,
    ) -> Result<([sys::napi_value; 2], oneshot::Sender<LookupResult>)> {
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
        Ok((arguments, self.reply))
    }
}

/// Converts the result of the JavaScript function: addresses, or a text that says why there are none.
pub(crate) fn lookup_result(addresses: Vec<String>, problem: Option<String>) -> LookupResult {
    if let Some(problem) = problem {
        return Err(problem);
    }
    let parse = |text: String| text.parse().map_err(|_| format!("{text:?} is not an IP address"));
    addresses.into_iter().map(parse).collect()
}

/// A resolver that passes each request to a function, which sends it to the JavaScript thread.
pub(crate) struct JavaScriptLookup<F>(F);

impl<F: Fn(LookupRequest) + Send + Sync> JavaScriptLookup<F> {
    pub(crate) fn new(send: F) -> Self {
        Self(send)
    }
}

impl<F> fmt::Debug for JavaScriptLookup<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JavaScriptLookup").finish_non_exhaustive()
    }
}

impl<F: Fn(LookupRequest) + Send + Sync> Lookup for JavaScriptLookup<F> {
    fn lookup(&self, host: &str, family: Family) -> Resolving {
        let (reply, replied) = oneshot::channel();
        (self.0)(LookupRequest {
            host: host.to_owned(),
            family,
            reply,
        });
        Box::pin(async move {
            // The sender is dropped without a reply if the environment ends.
            let result = replied
                .await
                .unwrap_or_else(|_| Err("the thread that looks names up has ended".to_owned()));
            result.map_err(io::Error::other)
        })
    }
}
