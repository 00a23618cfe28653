//! The functions of libuv that the loop driver needs, found in the running process.
//!
//! libuv keeps its ABI within a major version, and Node exports it. libuv itself reports the size of its handles, so
//! no struct of it is compiled in. Bun and Deno export the names without the behaviour, so TypeScript uses the loop only
//! if the runtime is Node. Independent of connections: handles call what they were made with.

mod callback_handle;
mod check;
mod functions;
mod handle;
mod poll;
mod prepare;
mod timer;

pub(crate) use check::CheckHandle;
pub(crate) use functions::Loop;
pub(crate) use poll::{DISCONNECT, PollHandle, READABLE, WRITABLE};
pub(crate) use prepare::PrepareHandle;
pub(crate) use timer::TimerHandle;
