//! What has to hold for any bytes at all: a function for each kind of input, which panics where it
//! does not.
//!
//! Two things call them: `targets/`, programs under `libFuzzer` and `AddressSanitizer`, which look for
//! inputs (`make fuzz`), and `tests/replay.rs`, which plays the files of `seeds/` and random bytes with
//! every `cargo test`. What `libFuzzer` finds becomes a seed.
//!
//! | input | what has to hold |
//! | --- | --- |
//! | [`handshake`] | an answer is read and judged alike however it is cut |
//! | [`target`] | a URL that is taken makes a request that says what the URL does |
//! | [`frame`] | headers and masks are those of RFC 6455, and come back |
//! | [`close`] | a close frame is taken where RFC 6455 allows it |
//! | [`stream`] | a connection makes of bytes what [`reference`] does, however they come |
//! | [`proxy`] | a proxy's URL makes one request, and exceptions only take proxies away |
//! | [`tunnel`] | a proxy's answer opens a tunnel where it says so, and nothing else does |
//! | [`session`] | the same of frames that are mostly right, while it sends as well |

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic
)] // A check may.

pub mod close;
pub mod frame;
pub mod handshake;
pub mod proxy;
pub mod reference;
pub mod target;

#[cfg(unix)]
mod driver;
#[cfg(unix)]
mod ears;
#[cfg(unix)]
mod outgoing;
#[cfg(unix)]
pub mod session;
#[cfg(unix)]
pub mod stream;
#[cfg(unix)]
pub mod tunnel;

/// One input.
pub type Check = fn(&[u8]);

/// All there are, by the names of their programs and of the folders of their seeds.
pub const CHECKS: &[(&str, Check)] = &[
    ("close", close::check),
    ("frame", frame::check),
    ("handshake", handshake::check),
    ("proxy", proxy::check),
    #[cfg(unix)]
    ("session", session::check),
    #[cfg(unix)]
    ("stream", stream::check),
    ("target", target::check),
    #[cfg(unix)]
    ("tunnel", tunnel::check),
];

/// The number at the front of an input, from which everything is drawn that the rest does not say.
fn split_seed(data: &[u8]) -> (u64, &[u8]) {
    data.split_first_chunk()
        .map_or((0, data), |(seed, rest)| (u64::from_le_bytes(*seed), rest))
}
