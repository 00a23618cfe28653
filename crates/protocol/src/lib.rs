//! The parts of RFC 6455 that tungstenite leaves to its caller.
//!
//! The crate is sans-IO: it has no socket, no runtime, no clock and no randomness. Bytes, instants and keys are
//! arguments, so each rule can be tested without a network and without sleeping. No input of a peer makes this crate
//! panic or allocate without a limit.
//!
//! | module | holds |
//! | --- | --- |
//! | [`target`] | WebSocket URLs, parsed into what a connection needs |
//! | [`headers`] | header grammar, and the headers that a caller may add |
//! | [`proxy`] | proxies: their URLs, environment variables, CONNECT requests |
//! | [`redirect`] | redirects: where they lead, and which headers may follow them |
//! | [`request`] | the upgrade request |
//! | [`response`] | HTTP responses: parsing, and the checks of the upgrade response |
//! | [`extensions`] | the negotiation of permessage-deflate |
//! | [`frame`] | frame headers and masking |
//! | [`close`] | close codes, and the check of a received close frame |
//! | [`busy_poll`] | when to busy-poll for a reply |
//! | [`coalescing`] | when to write a message at once, and when to hold it |
//! | [`keepalive`] | when to ping, and when silence means that the peer is lost |
//! | [`limits`] | the limits on what a peer can make this client hold |

pub mod busy_poll;
pub mod close;
pub mod coalescing;
pub mod extensions;
pub mod frame;
pub mod headers;
pub mod keepalive;
pub mod limits;
pub mod proxy;
pub mod redirect;
pub mod request;
pub mod response;
pub mod target;
