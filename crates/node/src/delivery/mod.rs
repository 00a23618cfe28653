//! Batches of events for JavaScript: a row for each event, and the slabs in which payloads lie.

mod batch;
mod row;
mod slabs;
mod values;

pub(crate) use batch::Batch;
pub(crate) use row::Row;
