//! The opening handshake (RFC 6455 section 4.2): rejects invalid upgrade requests, sends the 101, runs the mode.

use std::{fmt::Write as _, io, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::{io::AsyncWriteExt, time::sleep};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::derive_accept_key,
        protocol::{Role, WebSocketConfig},
    },
};

use crate::{
    deflate::{Agreement, Recoder, Settings},
    fast_echo,
    http_response::HttpResponse,
    modes::{self, Mode},
    request_head::{self, RequestHead},
    shared::Shared,
    transport::{Transport, discard},
    verbatim_echo,
};

/// The longest request head, in bytes.
const MAX_HEAD: usize = 64 * 1024;
/// The supported subprotocols. The first one in the client's list is chosen.
const PROTOCOLS: [&str; 3] = ["chat", "superchat", "echo"];
/// With more connections than this, each gets the small read buffer: memory then matters more than system calls.
const MANY: usize = 256;
/// tungstenite zero-fills the buffer before each read: a larger one made round trips slower and large messages no
/// faster.
const READ_BUFFER: usize = 16 * 1024;
/// The read buffer of each connection if there are many.
const SMALL_READ_BUFFER: usize = 8 * 1024;

/// Serves one connection from its request to its end.
pub(crate) async fn serve(mut transport: Transport, shared: Arc<Shared>) {
    let (head, rest) = match request_head::read(&mut transport, MAX_HEAD).await {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return respond(transport, &HttpResponse::text(400, error.to_string())).await;
        }
        Err(_) => return,
    };
    if let Some(code) = head.path().strip_prefix("/status/") {
        let reply =
            HttpResponse::from_head(&head, code).unwrap_or_else(|error| HttpResponse::text(400, error));
        return respond(transport, &reply).await;
    }
    if head.path() == "/hang" {
        // Reads until the client closes the connection.
        let _ = discard(&mut transport).await;
        return;
    }
    match prepare(&head) {
        Ok(upgrade) => upgrade.open(transport, &head, rest, &shared).await,
        Err(rejection) => respond(transport, &rejection).await,
    }
}

/// Sends a plain HTTP response and closes the connection.
async fn respond(mut transport: Transport, response: &HttpResponse) {
    if response.write(&mut transport).await.is_ok() {
        transport.finish().await;
    }
}

/// An accepted request.
struct Upgrade {
    mode: Mode,
    deflate: Option<Agreement>,
    response: String,
}

/// Checks the request. Returns what to do, or the response that rejects the request.
fn prepare(head: &RequestHead) -> Result<Upgrade, HttpResponse> {
    let bad = |error: String| HttpResponse::text(400, error);
    let mode = Mode::from_head(head).map_err(bad)?;
    let mode = mode.ok_or_else(|| HttpResponse::text(404, format!("no mode at {}", head.path())))?;
    let settings = Settings::from_query(&head.query()).map_err(bad)?;
    let deflate = settings.and_then(|settings| settings.accept(head));
    Ok(Upgrade {
        mode,
        deflate,
        response: switching_protocols(key(head)?, protocol(head).as_deref(), deflate),
    })
}

/// Returns the `Sec-WebSocket-Key` of a valid upgrade request.
fn key(head: &RequestHead) -> Result<&str, HttpResponse> {
    let has = |name, token: &str| {
        head.elements(name)
            .any(|element| element.eq_ignore_ascii_case(token))
    };
    if head.method != "GET" || !has("connection", "upgrade") || !has("upgrade", "websocket") {
        return Err(HttpResponse::text(400, "not a WebSocket upgrade request"));
    }
    if head.header("host").is_none() {
        return Err(HttpResponse::text(400, "no Host header"));
    }
    if head.header("sec-websocket-version") != Some("13") {
        return Err(HttpResponse::text(426, "WebSocket version 13 only").with("Sec-WebSocket-Version", "13"));
    }
    let key = head.header("sec-websocket-key").unwrap_or_default();
    let length = STANDARD.decode(key).ok().map(|bytes| bytes.len());
    (length == Some(16))
        .then_some(key)
        .ok_or_else(|| HttpResponse::text(400, "Sec-WebSocket-Key is not 16 bytes"))
}

/// Returns the subprotocol to confirm: the one forced by `protocol=`, or the first supported one of the client's list.
fn protocol(head: &RequestHead) -> Option<String> {
    if let Some(forced) = head.query().get("protocol") {
        return Some(forced.to_owned());
    }
    head.elements("sec-websocket-protocol")
        .find(|offer| PROTOCOLS.contains(offer))
        .map(str::to_owned)
}

fn switching_protocols(key: &str, protocol: Option<&str>, deflate: Option<Agreement>) -> String {
    let mut response = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n",
        derive_accept_key(key.as_bytes())
    );
    if let Some(protocol) = protocol {
        let _ = write!(response, "Sec-WebSocket-Protocol: {protocol}\r\n");
    }
    if let Some(agreement) = deflate {
        let _ = write!(response, "Sec-WebSocket-Extensions: {agreement}\r\n");
    }
    response.push_str("\r\n");
    response
}

impl Upgrade {
    /// Sends the upgrade response and runs the mode.
    async fn open(self, mut transport: Transport, head: &RequestHead, rest: Vec<u8>, shared: &Arc<Shared>) {
        match &self.mode {
            Mode::Unresponsive(mode) => mode.prepare(&transport),
            // Skipped if zero: even an empty sleep waits for the next tick of the timer.
            Mode::WebSocket(_, delay) if !delay.is_zero() => sleep(*delay).await,
            Mode::WebSocket(..) | Mode::Digest => {}
        }
        if send(&mut transport, &self.response).await.is_err() {
            return;
        }
        let is_echo = matches!(&self.mode, Mode::WebSocket(mode, _) if mode.is_plain_echo());
        let rest = match self.deflate {
            Some(agreement) if is_echo && agreement.allows_verbatim_echo() => {
                return verbatim_echo::run(transport, rest).await;
            }
            Some(agreement) => {
                transport.recode(Recoder::new(agreement), rest);
                Vec::new()
            }
            None if is_echo => fast_echo::run(&mut transport, rest, shared.max_message).await,
            None => rest,
        };
        match self.mode {
            Mode::Unresponsive(mode) => mode.run(transport).await,
            Mode::Digest => modes::digest(transport, rest).await,
            Mode::WebSocket(mode, _) => {
                let config = Some(config(shared));
                let socket =
                    WebSocketStream::from_partially_read(transport, rest, Role::Server, config).await;
                mode.run(socket, head).await;
            }
        }
    }
}

async fn send(transport: &mut Transport, response: &str) -> io::Result<()> {
    transport.write_all(response.as_bytes()).await?;
    transport.flush().await
}

fn config(shared: &Arc<Shared>) -> WebSocketConfig {
    // Each connection holds one reference, so the count is the number of connections.
    let many = Arc::strong_count(shared) > MANY;
    WebSocketConfig::default()
        .read_buffer_size(if many { SMALL_READ_BUFFER } else { READ_BUFFER })
        .max_message_size(Some(shared.max_message))
        .max_frame_size(Some(shared.max_message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request_head::sample;

    const UPGRADE: &str = "Host: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    fn response(target: &str, more: &str) -> String {
        prepare(&sample(target, &format!("{UPGRADE}{more}")))
            .map(|upgrade| upgrade.response)
            .ok()
            .unwrap()
    }

    #[test]
    fn sends_the_accept_value_of_the_key() {
        assert!(response("/echo", "").contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    }

    #[test]
    fn confirms_the_first_offered_protocol_that_it_supports() {
        let text = response("/echo", "Sec-WebSocket-Protocol: mqtt, superchat, chat\r\n");
        assert!(text.contains("Sec-WebSocket-Protocol: superchat\r\n"));
        assert!(!response("/echo", "Sec-WebSocket-Protocol: mqtt\r\n").contains("Protocol: "));
    }

    #[test]
    fn confirms_a_forced_protocol_that_was_not_offered() {
        assert!(response("/echo?protocol=x", "").contains("Sec-WebSocket-Protocol: x\r\n"));
    }

    #[test]
    fn rejects_requests_that_are_no_upgrade() {
        assert!(prepare(&sample("/echo", "Host: h\r\n")).is_err());
        assert!(prepare(&sample("/nowhere", UPGRADE)).is_err());
    }
}
