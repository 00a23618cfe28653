//! Facts and events of the operating system that the standard library does not offer.

pub(crate) mod clock;
pub(crate) mod send_queue;
pub(crate) mod signals;
