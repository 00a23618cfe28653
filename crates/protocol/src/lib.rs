//! The parts of RFC 6455 that tungstenite leaves to its caller.
//!
//! Everything here is sans-IO: no socket, no runtime, no clock and no randomness. Bytes, instants
//! and keys are arguments, so each rule can be tested without a network and without sleeping.
//! Nothing that arrives from a peer may make this crate panic or grow without bound.
//!
//! | module | holds |
//! | --- | --- |
//! | [`target`] | a URL, taken apart into what a connection needs |
//! | [`headers`] | the header and token grammar of the opening handshake |
//! | [`proxy`] | which proxy leads to a target, and what it is asked |
//! | [`redirect`] | where a redirect leads and what may go there |
//! | [`request`] | the bytes of the upgrade request |
//! | [`response`] | the server's answer: reading it, bounded, and judging it |
//! | [`frame`] | frame headers and masking |
//! | [`close`] | close codes and which of them may be sent |
//! | [`busy_poll`] | when it pays to wait for a reply awake |
//! | [`keepalive`] | when to ping, and when silence means the peer is gone |
//! | [`limits`] | every limit with its default and its reason |

pub mod busy_poll;
pub mod close;
pub mod coalescing;
pub mod frame;
pub mod headers;
pub mod keepalive;
pub mod limits;
pub mod proxy;
pub mod redirect;
pub mod request;
pub mod response;
pub mod target;
