//! Connects: they run on Tokio and report to the JavaScript thread, or on its event loop.

mod blocking;
mod on_loop;
mod reports;
mod settle;
mod start;
mod unstartable;

pub(crate) use blocking::connect_blocking;
pub(crate) use start::{Functions, cancel, finish_lookup, finish_open, start};
