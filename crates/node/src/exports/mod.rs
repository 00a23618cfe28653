//! What `src/native.ts` sees, in the same order.

mod constants;
mod url;

use crate::boundary::call::{Answer, Call, define};
use crate::boundary::objects::{Counters, Failure, Opened, bytes, duration};
use crate::boundary::payload;
use crate::boundary::reference::Reference;
use crate::boundary::request::ConnectRequest;
use crate::connecting::{Connecting, to_answer, wait_for_connect};
use crate::drivers::blocking::block;
use crate::drivers::{event_loop, interrupt::BlockedCall, signals};
use crate::environment::{Environment, Sent};
use napi::bindgen_prelude::{Either, Object, Unknown, retain_current_module_for_unload_safety};
use napi::{Env, JsValue, Result, sys};
use napi_derive::napi;
use std::rc::Rc;
use websocket_rs_client::Kind;
use websocket_rs_client::blocking::Interest;

/// `bind(deliver, allocate, words)`: an object with all of the functions below, `rows`, so many words that both sides
/// see, and `hasLoop`, whether connections can be driven by the loop here. Each copy of the JavaScript in a thread has
/// one of its own. It is freed with the copy.
#[napi(
    ts_args_type = "deliver: unknown, allocate: unknown, words: number",
    ts_return_type = "unknown"
)]
#[allow(unreachable_pub)] // The macro wants it so.
pub fn bind<'env>(
    env: &'env Env,
    deliver: Unknown<'env>,
    allocate: Unknown<'env>,
    words: u32,
) -> Result<Object<'env>> {
    // The Tokio thread and handlers of signals outlive a Worker that was the only user of the addon.
    retain_current_module_for_unload_safety();
    let mut binding = Object::new(env)?;
    // SAFETY: all values are of the running call.
    let environment =
        unsafe { Environment::open(env.raw(), binding.raw(), deliver.raw(), allocate.raw(), words) }?;
    if let Err(error) = define_all(&environment, binding.raw()) {
        environment.retire();
        return Err(error);
    }
    binding.set("hasLoop", environment.has_loop())?;
    Ok(binding)
}

fn define_all(environment: &Rc<Environment>, binding: sys::napi_value) -> Result<()> {
    define(environment, binding, c"trust", trust)?;
    define(environment, binding, c"connect", connect)?;
    define(environment, binding, c"answerLookup", answer_lookup)?;
    define(environment, binding, c"cancel", cancel)?;
    define(environment, binding, c"connectSync", connect_sync)?;
    define(environment, binding, c"block", block_on)?;
    define(environment, binding, c"takeSignal", take_signal)?;
    define(environment, binding, c"endTurn", end_turn)?;
    define(environment, binding, c"sendText", send_text)?;
    define(environment, binding, c"sendBytes", send_bytes)?;
    define(environment, binding, c"sendBinary", send_binary)?;
    define(environment, binding, c"cork", cork)?;
    define(environment, binding, c"flush", flush)?;
    define(environment, binding, c"ping", ping)?;
    define(environment, binding, c"close", close)?;
    define(environment, binding, c"terminate", terminate)?;
    define(environment, binding, c"setReading", set_reading)?;
    define(environment, binding, c"setReferenced", set_referenced)?;
    define(environment, binding, c"turn", turn)?;
    define(environment, binding, c"tick", tick)?;
    define(environment, binding, c"buffered", buffered)?;
    define(environment, binding, c"counters", counters)
}

/// The version of the native part, which has to be that of the package.
#[napi]
#[allow(unreachable_pub)] // The macro wants it so.
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// No connection of that number: it has ended.
const GONE: Answer = Answer::Number(-1.0);

#[allow(clippy::cast_precision_loss)]
fn sent(sent: Sent) -> Answer {
    match sent {
        Sent::Accepted(unsent) => Answer::Number(unsent as f64),
        Sent::Gone => GONE,
        Sent::LookFirst => Answer::Number(constants::SEND_READ_FIRST),
    }
}

fn gone_or(number: Option<f64>) -> Answer {
    number.map_or(GONE, Answer::Number)
}

/// `trust(pem)`: the root certificates Node trusts.
fn trust(call: &Call<'_>) -> Result<Answer> {
    call.environment.trusts.set_node(call.object(0)?);
    Ok(Answer::Undefined)
}

fn to_options(
    environment: &Environment,
    request: ConnectRequest,
) -> std::result::Result<websocket_rs_client::ConnectOptions, websocket_rs_client::Error> {
    request.into_options(|ca| environment.trusts.find(ca))
}

/// An argument that may be left out.
fn optional(call: &Call<'_>, index: usize) -> Result<Option<Rc<Reference>>> {
    if call.is_undefined(index)? {
        return Ok(None);
    }
    // SAFETY: it is an argument of the running call.
    let reference = unsafe { Reference::new(call.environment.raw(), call.value(index)) }?;
    Ok(Some(Rc::new(reference)))
}

/// `connect(request, settle, lookup?)`: a token for `cancel`, or a failure at once.
fn connect(call: &Call<'_>) -> Result<Answer> {
    let request: ConnectRequest = call.object(0)?;
    let mark = request.high_water_mark;
    match to_options(call.environment, request) {
        Err(error) => call.answer(Failure::from(&error)),
        Ok(options) => {
            // SAFETY: `settle` is an argument of the running call.
            let settle = Rc::new(unsafe { Reference::new(call.environment.raw(), call.value(1)) }?);
            let lookup = optional(call, 2)?;
            match Connecting::start(call.environment, options, mark, settle, lookup)? {
                Ok(token) => Ok(Answer::Number(token.into())),
                Err(error) => call.answer(Failure::from(&error)),
            }
        }
    }
}

/// `answerLookup(token, addresses, problem?)`: what `lookup` found for a connect.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn answer_lookup(call: &Call<'_>) -> Result<Answer> {
    let answer = to_answer(call.object(1)?, call.object(2)?);
    call.environment.connecting.answer(call.number(0)? as u32, answer);
    Ok(Answer::Undefined)
}

/// `cancel(token)`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn cancel(call: &Call<'_>) -> Result<Answer> {
    Connecting::cancel(call.environment, call.number(0)? as u32);
    Ok(Answer::Undefined)
}

/// `connectSync(request, signals, lookup?)`: what was opened, a failure, or null when interrupted.
fn connect_sync(call: &Call<'_>) -> Result<Answer> {
    let request: ConnectRequest = call.object(0)?;
    let mark = bytes(request.high_water_mark);
    let failed = |error: &websocket_rs_client::Error| call.answer(Either::<Failure, Opened>::A(error.into()));
    let options = match to_options(call.environment, request) {
        Ok(options) => options,
        Err(error) => return failed(&error),
    };
    let blocked = BlockedCall::new(call.environment, call.mask(1)?);
    let Some(outcome) = wait_for_connect(call, options, &blocked)? else {
        return Ok(Answer::Undefined);
    };
    match outcome {
        Err(error) => failed(&error),
        Ok(mut connection) => {
            let opened = Opened::new(&mut connection);
            let Some(key) = call.environment.adopt(connection, mark, false) else {
                return Err(napi::Error::from_reason(
                    "the socket closed while it was taken over",
                ));
            };
            call.answer(Either::<Failure, Opened>::B(opened.with_id(key)))
        }
    }
}

/// `block(id, drainTo, read, timeout, signals)`: why it came back. A negative `drainTo` waits
/// for no writing, a negative `timeout` for ever.
fn block_on(call: &Call<'_>) -> Result<Answer> {
    let drain_to = call.number(1)?;
    let timeout = call.number(3)?;
    let interest = Interest {
        read: call.flag(2)?,
        drain_to: (drain_to >= 0.0).then(|| bytes(drain_to)),
    };
    let timeout = duration((timeout >= 0.0).then_some(timeout));
    let woken = block(call.environment, call.key(0)?, interest, timeout, call.mask(4)?);
    Ok(Answer::Number(f64::from(woken as u8)))
}

/// `takeSignal()`: the bit of the signal that ended a blocked call; 0 for none.
#[allow(clippy::unnecessary_wraps)]
fn take_signal(_call: &Call<'_>) -> Result<Answer> {
    Ok(Answer::Number(signals::take_last().into()))
}

/// `endTurn()`: the loop turns, so that it hears of signals by itself.
#[allow(clippy::unnecessary_wraps)]
fn end_turn(_call: &Call<'_>) -> Result<Answer> {
    signals::end_turn();
    Ok(Answer::Undefined)
}

/// `sendText(id, string, units)`: bytes now unsent, -1, or -3.
fn send_text(call: &Call<'_>) -> Result<Answer> {
    let (environment, units) = (call.environment, bytes(call.number(2)?));
    let (key, mut room) = (call.key(0)?, environment.text.borrow_mut());
    payload::string(environment.raw(), call.value(1), units, &mut room, |text| {
        sent(environment.send(key, Kind::Text, text))
    })
}

/// `sendBytes(id, data)`: bytes now unsent, -1, -3, or -2 for what only `sendBinary` takes.
fn send_bytes(call: &Call<'_>) -> Result<Answer> {
    let environment = call.environment;
    let key = call.key(0)?;
    let answer = payload::bytes(environment.raw(), call.value(1), |bytes| {
        sent(environment.send(key, Kind::Binary, bytes))
    });
    Ok(answer.unwrap_or(Answer::Number(constants::SEND_NOT_BYTES)))
}

/// `sendBinary(id, view, empty?)`: bytes now unsent, -1, -3, or -2 for a view without bytes that is not said to be empty.
fn send_binary(call: &Call<'_>) -> Result<Answer> {
    let environment = call.environment;
    let key = call.key(0)?;
    payload::view(environment.raw(), call.value(1), |bytes| {
        if bytes.is_empty() && call.is_undefined(2)? {
            return Ok(Answer::Number(constants::SEND_EMPTY));
        }
        Ok(sent(environment.send(key, Kind::Binary, bytes)))
    })?
}

/// `cork(id, corked)`: whether sends are held back for those that follow; those held leave when not.
fn cork(call: &Call<'_>) -> Result<Answer> {
    let corked = call.flag(1)?;
    let key = call.key(0)?;
    call.environment.with(key, |record| {
        record.corked = corked;
        if !corked {
            record.connection.flush();
        }
    });
    call.environment.reclaim_buffer(key);
    Ok(Answer::Undefined)
}

/// `flush()`: the tick is over.
#[allow(clippy::unnecessary_wraps)]
fn flush(call: &Call<'_>) -> Result<Answer> {
    event_loop::flush_tick(call.environment);
    Ok(Answer::Undefined)
}

/// `ping(id, view)`: bytes now unsent, -1, or -3.
fn ping(call: &Call<'_>) -> Result<Answer> {
    let environment = call.environment;
    let key = call.key(0)?;
    payload::view(environment.raw(), call.value(1), |bytes| {
        sent(environment.ping(key, bytes))
    })
}

/// `close(id, code, reason)`: begins the closing handshake; -1 where there is nothing to close.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn close(call: &Call<'_>) -> Result<Answer> {
    let (code, reason): (u32, String) = (call.number(1)? as u32, call.object(2)?);
    let frame = u16::try_from(code)
        .ok()
        .filter(|code| *code != 0)
        .map(|code| (code, reason.as_str()));
    let closed = call.environment.with(call.key(0)?, |record| {
        let closed = record.connection.close(frame);
        record.connection.flush();
        record.arm();
        closed
    });
    Ok(gone_or(closed.and_then(std::result::Result::ok).map(|()| 0.0)))
}

/// `terminate(id)`: ends the connection without a word, to the peer or to JavaScript. What is held leaves as far as the
/// kernel takes it.
fn terminate(call: &Call<'_>) -> Result<Answer> {
    let key = call.key(0)?;
    call.environment.with(key, |record| {
        record.connection.flush();
    });
    call.environment.remove(key);
    Ok(Answer::Undefined)
}

/// `setReading(id, reading)`: whether messages are wanted. The answer is whether some have arrived
/// already, which takes a `turn` to get.
fn set_reading(call: &Call<'_>) -> Result<Answer> {
    let reading = call.flag(1)?;
    let unfinished = call.environment.with(call.key(0)?, |record| {
        record.reading = reading;
        record.arm();
        reading && record.connection.is_unfinished()
    });
    call.answer(unfinished == Some(true))
}

/// `turn(id)`: hands over what has arrived and no readiness of the socket will announce.
fn turn(call: &Call<'_>) -> Result<Answer> {
    event_loop::turn_asked(call.environment, call.key(0)?);
    Ok(Answer::Undefined)
}

/// `setReferenced(id, referenced)`: whether the connection keeps the process alive.
fn set_referenced(call: &Call<'_>) -> Result<Answer> {
    let referenced = call.flag(1)?;
    call.environment.with(call.key(0)?, |record| {
        if let Some(handle) = &record.handle {
            handle.set_referenced(referenced);
        }
    });
    Ok(Answer::Undefined)
}

/// `tick(id)`: runs the keepalive; milliseconds until the next one, or -1.
fn tick(call: &Call<'_>) -> Result<Answer> {
    Ok(Answer::Number(event_loop::tick(call.environment, call.key(0)?)))
}

/// `buffered(id)`: bytes unsent.
#[allow(clippy::cast_precision_loss)]
fn buffered(call: &Call<'_>) -> Result<Answer> {
    Ok(gone_or(call.environment.with(call.key(0)?, |record| {
        record.connection.buffered() as f64
    })))
}

/// `counters(id)`: what went through, or undefined.
fn counters(call: &Call<'_>) -> Result<Answer> {
    match call.environment.stats(call.key(0)?) {
        Some(stats) => call.answer(Counters::from(stats)),
        None => Ok(Answer::Undefined),
    }
}
