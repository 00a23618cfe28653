//! The listening sockets, and the protocol of each.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use serde_json::json;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream, lookup_host},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use crate::{certificate, scripted, shared::Shared, transport::Transport, upgrade};

/// The length of the accept queue: enough for a test that opens thousands of connections at once.
const BACKLOG: u32 = 4096;
/// How long a TLS handshake may take.
const TLS_DEADLINE: Duration = Duration::from_secs(30);
/// How long to wait after a failed `accept`, which mostly means that file descriptors are exhausted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Where to listen, and what to accept.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address or host name of all ports.
    pub host: String,
    /// The port for `ws:`. As for the other ports, 0 stands for any free port.
    pub port: u16,
    /// The port for `wss:`, or `None` for no TLS.
    pub tls_port: Option<u16>,
    /// The port of the scripted peer.
    pub raw_port: u16,
    /// The largest message accepted, in bytes.
    pub max_message: usize,
}

impl Default for Options {
    fn default() -> Self {
        let host = "127.0.0.1".to_owned();
        Self {
            host,
            port: 0,
            tls_port: Some(0),
            raw_port: 0,
            max_message: 256 * 1024 * 1024,
        }
    }
}

/// The running server. Stops listening when dropped; open connections live as long as the runtime.
#[derive(Debug)]
pub struct Server {
    /// Address of the `ws:` port.
    pub address: SocketAddr,
    /// Address of the `wss:` port.
    pub tls_address: Option<SocketAddr>,
    /// Address of the scripted peer.
    pub raw_address: SocketAddr,
    /// The certificate of the test authority as PEM, if there is TLS.
    pub authority: Option<String>,
    listeners: JoinSet<()>,
}

impl Server {
    /// Binds the ports and serves them on the current runtime.
    ///
    /// # Errors
    /// If an address cannot be resolved or bound, or a certificate cannot be made.
    pub async fn start(options: &Options) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            max_message: options.max_message,
            transcripts: scripted::Transcripts::default(),
        });
        let mut listeners = JoinSet::new();
        let (plain, address) = bind(&options.host, options.port).await?;
        listeners.spawn(accept(plain, shared.clone(), Port::Plain));
        let (scripted, raw_address) = bind(&options.host, options.raw_port).await?;
        listeners.spawn(accept(scripted, shared.clone(), Port::Scripted));
        let mut server = Self {
            address,
            tls_address: None,
            raw_address,
            authority: None,
            listeners,
        };
        if let Some(port) = options.tls_port {
            server.start_tls(&options.host, port, shared).await?;
        }
        Ok(server)
    }

    async fn start_tls(&mut self, host: &str, port: u16, shared: Arc<Shared>) -> io::Result<()> {
        let certificates = certificate::generate()?;
        let (listener, address) = bind(host, port).await?;
        self.tls_address = Some(address);
        self.authority = Some(certificates.authority);
        self.listeners
            .spawn(accept(listener, shared, Port::Tls(certificates.acceptor)));
        Ok(())
    }

    /// Returns the addresses and the test authority as one line of JSON.
    pub fn announcement(&self) -> String {
        json!({
            "ws": format!("ws://{}", self.address),
            "wss": self.tls_address.map(|address| format!("wss://localhost:{}", address.port())),
            "raw": format!("ws://{}", self.raw_address),
            "ca": self.authority,
            "pid": std::process::id(),
        })
        .to_string()
    }
}

/// The protocol of a port.
#[derive(Clone)]
enum Port {
    Plain,
    Tls(TlsAcceptor),
    Scripted,
}

async fn bind(host: &str, port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let address = match host.parse::<IpAddr>() {
        Ok(ip) => SocketAddr::new(ip, port),
        Err(_) => lookup_host((host, port))
            .await?
            .next()
            .ok_or(io::ErrorKind::AddrNotAvailable)?,
    };
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, port: Port) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // Not joined: each connection ends when its client does.
        tokio::spawn(serve(stream, shared.clone(), port.clone()));
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>, port: Port) {
    let _ = stream.set_nodelay(true);
    match port {
        Port::Plain => upgrade::serve(Transport::plain(stream), shared).await,
        Port::Tls(acceptor) => {
            if let Ok(Ok(stream)) = timeout(TLS_DEADLINE, acceptor.accept(stream)).await {
                upgrade::serve(Transport::tls(stream), shared).await;
            }
        }
        Port::Scripted => scripted::serve(stream, &shared.transcripts).await,
    }
}
