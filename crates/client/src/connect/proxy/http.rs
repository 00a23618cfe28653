//! A tunnel by HTTP's CONNECT (RFC 9110 section 9.3.6): sends the request, reads the response, 407 among others.

use crate::connect::progress::Progress;
use crate::connect::response::{UnreadResponse, read_head, read_rejection};
use crate::connect::tls;
use crate::error::{ErrorKind, Phase, ProxyFailure};
use crate::transport::Stream;
use std::io;
use tokio::io::AsyncWriteExt;
use websocket_rs_protocol::headers::Header;
use websocket_rs_protocol::proxy::{Proxy, is_tunnel};
use websocket_rs_protocol::response::Beginning;
use websocket_rs_protocol::target::Target;

pub(super) async fn connect(
    stream: &mut Stream,
    proxy: &Proxy,
    target: &Target,
    headers: &[Header],
    progress: &Progress,
) -> Result<(), ProxyFailure> {
    let request = proxy.connect_request(target, headers);
    stream.write_all(&request).await.map_err(lost)?;
    stream.flush().await.map_err(lost)?;
    let (response, tail) = read_head(stream).await.map_err(|unread| match unread {
        UnreadResponse::Lost(error, beginning) => lost_within(error, beginning),
        UnreadResponse::Invalid(violation) => ProxyFailure::Response(violation),
    })?;
    if !is_tunnel(&response) {
        let rejection = read_rejection(stream, response, Some(&tail), progress.left()).await;
        return Err(ProxyFailure::Rejected(Box::new(rejection)));
    }
    if tail.is_empty() {
        Ok(())
    } else {
        Err(ProxyFailure::Early)
    }
}

/// Returns the failure of a lost connection. With TLS 1.3, this is the first time that a proxy can reject the client's
/// certificate.
fn lost(error: io::Error) -> ProxyFailure {
    let error = tls::failed(Phase::Tls, error);
    match error.kind {
        ErrorKind::HandshakeLost(error) => ProxyFailure::Lost(error),
        _ => ProxyFailure::Unreachable(Box::new(error)),
    }
}

/// Returns the failure of a connection that was lost within the response.
fn lost_within(error: io::Error, beginning: Option<Beginning>) -> ProxyFailure {
    match (lost(error), beginning) {
        (ProxyFailure::Lost(source), Some(beginning)) => ProxyFailure::ResponseLost { source, beginning },
        (failure, _) => failure,
    }
}
