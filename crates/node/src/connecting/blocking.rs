//! A connect that its own thread waits for.

use super::{Asking, Content, Outcome, Question, to_answer, unstartable};
use crate::boundary::call::Call;
use crate::drivers::interrupt::BlockedCall;
use napi::Result;
use napi::bindgen_prelude::Either;
use std::sync::{Arc, mpsc};
use websocket_rs_client::blocking::{Interrupt, SLICE};
use websocket_rs_client::{ConnectOptions, connect, runtime};

/// Where the call has its `lookup`.
const LOOKUP: usize = 2;

/// Connects on Tokio and waits for it here; none when interrupted. Names are resolved in between, where
/// there is a `lookup`.
pub(crate) fn wait_for_connect(
    call: &Call<'_>,
    mut options: ConnectOptions,
    blocked: &BlockedCall<'_>,
) -> Result<Option<Outcome>> {
    if blocked.is_signalled() {
        return Ok(None);
    }
    let (sender, receiver) = mpsc::channel();
    if !call.is_undefined(LOOKUP)? {
        let sender = sender.clone();
        // Nobody waits any more where the wait was interrupted.
        let ask = move |question| drop(sender.send(Content::Question(question)));
        options.lookup = Some(Arc::new(Asking::new(ask)));
    }
    let handle = match runtime::handle() {
        Ok(handle) => handle,
        Err(error) => return Ok(Some(Err(unstartable(error)))),
    };
    let task = handle.spawn(async move {
        // The connection closes where nobody waits.
        let _ = sender.send(Content::Finished(connect::connect(options).await));
    });
    loop {
        match receiver.recv_timeout(SLICE) {
            Ok(Content::Finished(outcome)) => return Ok(Some(outcome)),
            Ok(Content::Question(question)) => {
                look_up(call, question)?;
                // A blocked call in `lookup` may have ended by a signal, which ends this one too.
                if blocked.is_signalled() {
                    task.abort();
                    return Ok(None);
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) if !blocked.is_raised() => {}
            Err(mpsc::RecvTimeoutError::Timeout) => {
                task.abort();
                return Ok(None);
            }
            Err(error) => return Err(napi::Error::from_reason(error.to_string())),
        }
    }
}

/// Calls `lookup(host, family)`, which gives its answer back: addresses, or a text instead of them.
fn look_up(call: &Call<'_>, question: Question) -> Result<()> {
    let (arguments, asking) = question.into_arguments(call.environment.raw())?;
    let found: Either<Vec<String>, String> = call.run(LOOKUP, &arguments)?;
    let answer = match found {
        Either::A(addresses) => to_answer(addresses, None),
        Either::B(problem) => to_answer(Vec::new(), Some(problem)),
    };
    // The connect may have run out of time.
    let _ = asking.send(answer);
    Ok(())
}
