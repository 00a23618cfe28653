//! permessage-deflate (RFC 7692), for clients that offer it on a path with `deflate=1`.
//!
//! `agreement` negotiates, `codec` compresses, and `recoder` lets tungstenite, which has no extensions, speak it.

mod agreement;
mod codec;
mod recoder;

pub(crate) use self::{
    agreement::{Agreement, Settings},
    codec::compressed,
    recoder::Recoder,
};
