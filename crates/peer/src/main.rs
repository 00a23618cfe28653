//! The command line: starts the server, prints its addresses as one line of JSON, and serves until stdin ends.

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
    /// Port for ws:, 0 for any free port
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Port for wss:, 0 for any free port
    #[arg(long, default_value_t = 0)]
    tls_port: u16,
    /// Do not listen for wss:
    #[arg(long, conflicts_with = "tls_port")]
    no_tls: bool,
    /// Port of the scripted peer, 0 for any free port
    #[arg(long, default_value_t = 0)]
    raw_port: u16,
    /// Largest message accepted, in bytes
    #[arg(long, default_value_t = 256 * 1024 * 1024)]
    max_message: usize,
    /// Also write the test authority's certificate (PEM) to this file
    #[arg(long)]
    ca_file: Option<PathBuf>,
    /// Also write certificates and keys for other servers to this folder
    #[arg(long)]
    certificates: Option<PathBuf>,
    /// Keep running when stdin ends
    #[arg(long)]
    keep: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    raise_file_limit();
    // One thread, so that the server uses at most one core of a benchmark's machine.
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

/// Resolves when stdin ends, which is when the parent process has ended.
///
/// Reads on a thread of its own: a runtime waits for its blocking reads before it exits.
fn end_of_stdin(keep: bool) -> oneshot::Receiver<()> {
    let (ended, end) = oneshot::channel();
    if !keep {
        thread::spawn(move || {
            let mut buffer = [0; 1024];
            while io::stdin().read(&mut buffer).is_ok_and(|read| read > 0) {}
            let _ = ended.send(());
        });
    }
    end
}

/// Resolves on SIGTERM or SIGINT.
#[cfg(unix)]
async fn terminated() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}

/// Resolves on Ctrl-C.
#[cfg(not(unix))]
async fn terminated() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// Raises the limit of open files: the usual 1024 are fewer than the 10 000 connections of a benchmark.
#[cfg(unix)]
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // An error is ignored: the server then accepts fewer connections.
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
