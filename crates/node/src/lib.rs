//! The Node-API addon: it drives connections and converts values, and leaves every decision to the client crate.
//!
//! From the top floor down; a module uses only modules of floors below its own:
//!
//! | floor | module | holds |
//! | --- | --- | --- |
//! | 4 | `exports` | the functions that JavaScript calls |
//! | 3 | `environment` | what one copy of the package owns in a thread: its connections, and the drivers that read them |
//! | 2 | `delivery` | batches of events for JavaScript |
//! | 2 | `uv` | libuv's handles, without connections |
//! | 2 | `trusts` | trusted root certificates |
//! | 1 | `boundary` | how values cross: objects, payloads, errors, references, calls into JavaScript |
//! | 0 | `slab`, `slots` | the memory of a batch, and the table of connections, without Node |
//! | 0 | `system` | clock, signals and the kernel's send queue |

// Under `cfg(test)` napi-derive registers nothing, so the exports are unused.
#![cfg_attr(test, allow(dead_code))]

mod boundary;
mod delivery;
mod environment;
mod exports;
mod slab;
mod slots;
mod system;
mod trusts;
mod uv;
