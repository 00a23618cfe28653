//! How values cross between JavaScript and Rust.

pub(crate) mod call;
pub(crate) mod failure;
pub(crate) mod objects;
pub(crate) mod payload;
pub(crate) mod reference;
pub(crate) mod request;
