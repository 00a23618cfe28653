//! Properties that hold for any input bytes: one function for each kind of input, which panics if its property
//! does not hold.
//!
//! Two programs call the functions. `targets/` runs them under `libFuzzer` and `AddressSanitizer`, which search for
//! inputs (`make fuzz`). `tests/replay.rs` runs them on the files of `seeds/` and on random bytes with every
//! `cargo test`. An input found by `libFuzzer` is kept as a seed.
//!
//! | input | property |
//! | --- | --- |
//! | [`close_frame`] | the payload of a close frame is accepted if RFC 6455 allows it, and only then |
//! | [`extensions`] | an answer to an offer of permessage-deflate is accepted if the RFCs allow it, and only then |
//! | [`frame`] | headers and masks follow RFC 6455 and survive a round trip |
//! | [`inflate`] | a connection decompresses any data as decompressing all of it at once does |
//! | [`proxy`] | a proxy URL makes one CONNECT request, and exceptions only remove proxies |
//! | [`proxy_response`] | a proxy's response opens a tunnel if it says so, and only then |
//! | [`session`] | the same as `stream`, for frames that are mostly valid, while the connection sends as well |
//! | [`stream`] | a connection decodes bytes as [`mod@reference`] does, however they are split |
//! | [`upgrade_response`] | a response is parsed and judged the same way, however it is split |
//! | [`url`] | an accepted URL makes a request that says what the URL says |

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic
)] // A panic is how a check fails.

pub mod close_frame;
#[cfg(unix)]
mod compressor;
pub mod extensions;
pub mod frame;
mod inflate_all;
pub mod proxy;
pub mod reference;
mod rng_seed;
pub mod treatment;
pub mod upgrade_response;
pub mod url;

#[cfg(unix)]
pub mod inflate;
#[cfg(unix)]
mod outgoing;
#[cfg(unix)]
pub mod proxy_response;
#[cfg(unix)]
mod random_driver;
#[cfg(unix)]
mod recorder;
#[cfg(unix)]
pub mod session;
#[cfg(unix)]
pub mod stream;

/// Checks the property for one input.
pub type Check = fn(&[u8]);

/// All checks, each under the name of its program in `targets/` and of its folder in `seeds/`.
pub const CHECKS: &[(&str, Check)] = &[
    ("close_frame", close_frame::check),
    ("extensions", extensions::check),
    ("frame", frame::check),
    #[cfg(unix)]
    ("inflate", inflate::check),
    ("proxy", proxy::check),
    #[cfg(unix)]
    ("proxy_response", proxy_response::check),
    #[cfg(unix)]
    ("session", session::check),
    #[cfg(unix)]
    ("stream", stream::check),
    ("upgrade_response", upgrade_response::check),
    ("url", url::check),
];
