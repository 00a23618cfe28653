//! How values cross between JavaScript and Rust.

pub(crate) mod external_text;
pub(crate) mod failure;
pub(crate) mod interrupt;
pub(crate) mod invoke;
pub(crate) mod lookup;
pub(crate) mod objects;
pub(crate) mod opener;
pub(crate) mod payload;
pub(crate) mod payload_buffer;
pub(crate) mod reference;
pub(crate) mod request;
pub(crate) mod threadsafe;
