//! What the addon exports to JavaScript.

mod call;
mod connect;
mod connection;
mod constants;
mod function;
mod receive;
mod relay;
mod send;
mod url;

use crate::environment::{self, Environment};
use function::define;
use napi::bindgen_prelude::{Object, Unknown, retain_current_module_for_unload_safety};
use napi::{Env, JsValue, Result, sys};
use napi_derive::napi;
use std::rc::Rc;

/// `bind(deliver, allocate, relay, words)`: returns an object with all functions of [`define_all`], with `rows`, an array of
/// `words` integers that native code and JavaScript share, and with `hasLoop`, which says whether libuv can drive
/// connections here. Each copy of the package in a thread binds one of its own, which is collected with the copy.
#[napi(
    ts_args_type = "deliver: unknown, allocate: unknown, relay: unknown, words: number",
    ts_return_type = "unknown"
)]
#[allow(unreachable_pub)] // Required by the macro.
pub fn bind<'env>(
    env: &'env Env,
    deliver: Unknown<'env>,
    allocate: Unknown<'env>,
    relay: Unknown<'env>,
    words: u32,
) -> Result<Object<'env>> {
    // The Tokio thread and the signal handlers outlive a Worker that was the only user of the addon.
    retain_current_module_for_unload_safety();
    let mut binding = Object::new(env)?;
    // SAFETY: all values are of the running call.
    let environment = unsafe {
        Environment::open(
            env.raw(),
            binding.raw(),
            deliver.raw(),
            allocate.raw(),
            relay.raw(),
            words,
        )
    }?;
    if let Err(error) = define_all(&environment, binding.raw()) {
        environment.retire();
        return Err(error);
    }
    binding.set("hasLoop", environment.has_loop())?;
    Ok(binding)
}

fn define_all(environment: &Rc<Environment>, binding: sys::napi_value) -> Result<()> {
    define(environment, binding, c"trust", connect::trust)?;
    define(environment, binding, c"connect", connect::connect)?;
    define(environment, binding, c"finishLookup", connect::finish_lookup)?;
    define(environment, binding, c"openRelay", relay::open_relay)?;
    define(environment, binding, c"finishOpen", relay::finish_open)?;
    define(environment, binding, c"openOver", relay::open_over)?;
    define(environment, binding, c"relayRead", relay::relay_read)?;
    define(environment, binding, c"relayEnd", relay::relay_end)?;
    define(environment, binding, c"relayWritten", relay::relay_written)?;
    define(environment, binding, c"relayTurn", relay::relay_turn)?;
    define(environment, binding, c"cancel", connect::cancel)?;
    define(environment, binding, c"connectSync", connect::connect_sync)?;
    define(environment, binding, c"block", receive::block)?;
    define(environment, binding, c"takeSignal", receive::take_signal)?;
    define(environment, binding, c"endIteration", receive::end_iteration)?;
    define(environment, binding, c"sendText", send::send_text)?;
    define(environment, binding, c"sendBytes", send::send_bytes)?;
    define(environment, binding, c"sendBinary", send::send_binary)?;
    define(environment, binding, c"sendFrame", send::send_frame)?;
    define(environment, binding, c"cork", send::cork)?;
    define(environment, binding, c"flush", send::flush)?;
    define(environment, binding, c"sendRaw", send::send_raw)?;
    define(environment, binding, c"ping", send::ping)?;
    define(environment, binding, c"pong", send::pong)?;
    define(environment, binding, c"close", connection::close)?;
    define(environment, binding, c"limitClose", connection::limit_close)?;
    define(environment, binding, c"terminate", connection::terminate)?;
    define(environment, binding, c"pushReceived", receive::push_received)?;
    define(environment, binding, c"gather", receive::gather)?;
    define(environment, binding, c"reportPings", receive::report_pings)?;
    define(environment, binding, c"holdClose", receive::hold_close)?;
    define(environment, binding, c"heldClose", receive::held_close)?;
    define(
        environment,
        binding,
        c"setTextsAsBytes",
        receive::set_texts_as_bytes,
    )?;
    define(environment, binding, c"copyBytes", receive::copy_bytes)?;
    define(environment, binding, c"setReading", receive::set_reading)?;
    define(environment, binding, c"receiveStream", receive::receive_stream)?;
    define(environment, binding, c"skipMessage", receive::skip_message)?;
    define(environment, binding, c"refuseMessage", receive::refuse_message)?;
    define(environment, binding, c"setReferenced", connection::set_referenced)?;
    define(
        environment,
        binding,
        c"setTcpKeepalive",
        connection::set_tcp_keepalive,
    )?;
    define(environment, binding, c"tlsSession", connection::tls_session)?;
    define(environment, binding, c"turn", receive::turn)?;
    define(environment, binding, c"runKeepalive", connection::run_keepalive)?;
    define(environment, binding, c"buffered", connection::buffered)?;
    define(environment, binding, c"notifyFlushed", connection::notify_flushed)?;
    define(environment, binding, c"counters", connection::counters)
}

/// The listener of the event `'exit'` of the process. It belongs to no copy of the package, so it keeps none alive.
#[napi(catch_unwind)]
#[allow(unreachable_pub)] // Required by the macro.
pub fn flush_at_exit() {
    environment::flush_at_exit();
}

/// Returns which library this is. Copies of the package may have loaded the same one more than once: their listeners do the
/// same.
#[napi]
#[allow(unreachable_pub)] // Required by the macro.
#[must_use]
pub fn library() -> f64 {
    environment::library()
}

/// Returns the version of the addon, which has to be that of the package.
#[napi]
#[allow(unreachable_pub)] // Required by the macro.
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
