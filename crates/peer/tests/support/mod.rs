//! Starts the server in the test process, and sends it requests.

// Each test file uses only some of these functions.
#![allow(dead_code)]

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, protocol::CloseFrame},
};
use websocket_rs_peer::{Options, Server};

/// The limit of every wait: longer than any test takes.
const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) type Client = WebSocketStream<TcpStream>;

pub(crate) async fn start() -> Server {
    Server::start(&Options::default()).await.unwrap()
}

pub(crate) async fn connect(server: &Server, target: &str) -> Client {
    connect_to(server.address, target).await
}

pub(crate) async fn connect_to(address: SocketAddr, target: &str) -> Client {
    let stream = TcpStream::connect(address).await.unwrap();
    client_async(format!("ws://{address}{target}"), stream)
        .await
        .unwrap()
        .0
}

pub(crate) async fn connect_tls(server: &Server, target: &str) -> WebSocketStream<TlsStream<TcpStream>> {
    let authority = server.authority.as_ref().unwrap();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.tls_address.unwrap()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
    client_async(format!("wss://localhost{target}"), stream)
        .await
        .unwrap()
        .0
}

/// Returns the next message, and fails if there is none.
pub(crate) async fn receive(client: &mut Client) -> Message {
    timeout(DEADLINE, client.next()).await.unwrap().unwrap().unwrap()
}

/// Sends a plain HTTP request and returns the response, head and body.
pub(crate) async fn get(address: SocketAddr, target: &str) -> String {
    let request = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    String::from_utf8(exchange(address, request.as_bytes()).await.unwrap()).unwrap()
}

/// Sends bytes and reads to the end of the stream.
pub(crate) async fn exchange(address: SocketAddr, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(bytes).await?;
    let mut response = Vec::new();
    timeout(DEADLINE, stream.read_to_end(&mut response)).await??;
    Ok(response)
}

pub(crate) fn script(steps: &str, id: &str) -> String {
    format!("/script/{}?id={id}", URL_SAFE_NO_PAD.encode(steps))
}

pub(crate) async fn transcript(server: &Server, id: &str) -> Value {
    let response = get(server.raw_address, &format!("/transcript/{id}")).await;
    let (_, body) = response.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}

/// Returns an upgrade request with the key of RFC 6455 section 1.3.
pub(crate) fn upgrade(target: &str) -> Bytes {
    format!(
        "GET {target} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .into()
}

/// Returns a close frame.
pub(crate) fn closed(code: u16, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame {
        code: code.into(),
        reason: reason.into(),
    }))
}
