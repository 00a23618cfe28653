//! WebSocket extensions (RFC 6455 section 9): the only one is permessage-deflate.

pub mod deflate;
