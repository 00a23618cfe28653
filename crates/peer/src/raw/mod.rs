//! stub
use tokio::net::TcpStream;
#[derive(Default)]
pub(crate) struct Transcripts;
pub(crate) async fn serve(_stream: TcpStream, _t: &Transcripts) {}
