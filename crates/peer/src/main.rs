//! The command: listens, prints one line of JSON that says where, serves until its parent is gone.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::PathBuf,
    process::ExitCode,
    thread,
};

use clap::Parser;
use tokio::sync::oneshot;
use websocket_rs_peer::{Options, Server, write_certificates};

/// Echo server and scripted peer for the tests, the demo and the benchmarks.
#[derive(Debug, Parser)]
#[command(name = "websocket-rs-peer")]
struct Arguments {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port for ws:, 0 for any
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Port for wss:, 0 for any
    #[arg(long, default_value_t = 0)]
    tls_port: u16,
    /// Do not listen for wss:
    #[arg(long, conflicts_with = "tls_port")]
    no_tls: bool,
    /// Port of the scripted peer, 0 for any
    #[arg(long, default_value_t = 0)]
    raw_port: u16,
    /// Largest message taken, in bytes
    #[arg(long, default_value_t = 256 * 1024 * 1024)]
    max_message: usize,
    /// Also write the test authority's certificate (PEM) to this file
    #[arg(long)]
    ca_file: Option<PathBuf>,
    /// Also write certificates and keys for other servers to this folder
    #[arg(long)]
    certificates: Option<PathBuf>,
    /// Go on when stdin ends
    #[arg(long)]
    keep: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    raise_file_limit();
    // One thread, so that the peer costs a benchmark one core and no more.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(run(arguments))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("websocket-rs-peer: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> io::Result<()> {
    let server = Server::start(&Options {
        host: arguments.host,
        port: arguments.port,
        tls_port: (!arguments.no_tls).then_some(arguments.tls_port),
        raw_port: arguments.raw_port,
        max_message: arguments.max_message,
    })
    .await?;
    if let (Some(path), Some(authority)) = (arguments.ca_file, &server.authority) {
        fs::write(path, authority)?;
    }
    if let Some(folder) = &arguments.certificates {
        write_certificates(folder)?;
    }
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", server.announcement())?;
    stdout.flush()?;
    drop(stdout);
    tokio::select! {
        result = terminated() => result,
        Ok(()) = end_of_stdin(arguments.keep) => Ok(()),
    }
}

/// Resolves when the parent is gone. A thread of its own, as a runtime waits for its blocking reads on exit.
fn end_of_stdin(keep: bool) -> oneshot::Receiver<()> {
    let (ended, end) = oneshot::channel();
    if !keep {
        thread::spawn(move || {
            let mut scrap = [0; 1024];
            while io::stdin().read(&mut scrap).is_ok_and(|read| read > 0) {}
            let _ = ended.send(());
        });
    }
    end
}

#[cfg(unix)]
async fn terminated() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn terminated() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// The usual soft limit of 1024 files is far below the ten thousand connections a benchmark opens.
#[cfg(unix)]
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Best effort: without it the peer serves fewer connections.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        },
    );
}

#[cfg(not(unix))]
fn raise_file_limit() {}
