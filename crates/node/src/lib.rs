//! The Node-API addon: it drives connections and carries payloads; it decides nothing.
//!
//! | folder | holds |
//! | --- | --- |
//! | `boundary` | how values cross: raw functions, objects, payloads, errors |
//! | `drivers` | who polls a connection: libuv's loop, or the calling thread |
//! | `environment` | what one JavaScript environment owns, and how it ends |
//! | `delivery` | messages on their way to JavaScript, in batches |
//! | `slab` | the memory of a batch, without Node |
//!
//! All functions but the cold data objects go round napi-rs' method macros, which cost more than
//! sending a small message does. Each enters through one trampoline that catches panics.

// Under `cfg(test)` napi-derive registers nothing, so nothing reaches the exports.
#![cfg_attr(test, allow(dead_code))]

mod boundary;
mod clock;
mod connecting;
mod delivery;
mod drivers;
mod environment;
mod exports;
mod record;
mod slab;
mod slots;
mod trusts;
