//! A server that answers in every way that a far end may, bad ones above all.
//! What it does is the path that it is asked for.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use crate::heard::MARKER;

/// A byte of a slow answer comes after as long.
const DROP: Duration = Duration::from_millis(20);

/// How long requests are held so that they meet.
const HELD: Duration = Duration::from_millis(100);

/// Bytes of a request's head.
const HEAD: usize = 64 * 1024;

/// A server that runs until it is dropped.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    counts: Arc<Counts>,
    running: AbortHandle,
}

#[derive(Default)]
struct Counts {
    connections: AtomicU64,
    open: AtomicU64,
}

impl Server {
    /// Starts a server. A vault answers everything with what nobody may see.
    pub(super) async fn start(is_vault: bool) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let counts = Arc::new(Counts::default());
        let counted = counts.clone();
        let running = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                counted.connections.fetch_add(1, Ordering::Relaxed);
                let counts = counted.clone();
                // A guest that is stopped hangs up in the middle of anything.
                tokio::spawn(async move { drop(serve(stream, is_vault, &counts).await) });
            }
        });
        Ok(Self { address, counts, running: running.abort_handle() })
    }

    pub(super) fn connections(&self) -> u64 {
        self.counts.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn serve(mut stream: TcpStream, is_vault: bool, counts: &Counts) -> io::Result<()> {
    let head = head(&mut stream).await?;
    if is_vault {
        return answer(&mut stream, "200 OK", "", MARKER).await;
    }
    let target = head.split(' ').nth(1).unwrap_or("/");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    match path {
        "/head" => {
            let told = if is_injected(&head) { MARKER } else { "as it should be" };
            answer(&mut stream, "200 OK", "", told).await
        }
        // The head of a request, for whoever may see what is in it.
        "/mirror" => answer(&mut stream, "200 OK", "", &head).await,
        "/redirect" => {
            let to = decoded(query.strip_prefix("to=").unwrap_or_default());
            answer(&mut stream, "302 Found", &format!("Location: {to}\r\n"), "").await
        }
        "/loop" => answer(&mut stream, "302 Found", "Location: /loop\r\n", "").await,
        "/silent" => {
            let mut rest = [0; 1];
            // Until the guest hangs up.
            drop(stream.read(&mut rest).await);
            Ok(())
        }
        "/trickle" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n").await?;
            trickle(&mut stream).await
        }
        "/slow-head" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nX-Slow: ").await?;
            trickle(&mut stream).await
        }
        "/endless" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await?;
            let piece = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
            loop {
                stream.write_all(piece.as_bytes()).await?;
            }
        }
        "/endless-head" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nX-Long: ").await?;
            let piece = "x".repeat(0x10000);
            loop {
                stream.write_all(piece.as_bytes()).await?;
            }
        }
        "/many-headers" => {
            let headers = "X-Many: x\r\n".repeat(10_000);
            answer(&mut stream, "200 OK", &headers, "").await
        }
        "/garbage" => stream.write_all(&[0xff; 4096]).await,
        "/crowd" => {
            let open = counts.open.fetch_add(1, Ordering::Relaxed) + 1;
            tokio::time::sleep(HELD).await;
            counts.open.fetch_sub(1, Ordering::Relaxed);
            answer(&mut stream, "200 OK", &format!("X-Open: {open}\r\n"), "").await
        }
        _ => answer(&mut stream, "200 OK", "", "hello").await,
    }
}

/// Reads a request up to its body.
async fn head(stream: &mut TcpStream) -> io::Result<String> {
    let (mut head, mut piece) = (Vec::new(), [0; 4096]);
    while !head.windows(4).any(|window| window == b"\r\n\r\n") && head.len() < HEAD {
        match stream.read(&mut piece).await? {
            0 => break,
            count => head.extend_from_slice(&piece[..count]),
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Whether a guest got a line of its own into the head of its request, or the
/// host's name out of it.
fn is_injected(head: &str) -> bool {
    let mut lines = head.lines();
    let is_one_request = lines.next().is_some_and(|line| line.matches("HTTP/1.1").count() == 1);
    let lines: Vec<String> = lines.map(str::to_ascii_lowercase).collect();
    let hosts = lines.iter().filter(|line| line.starts_with("host:")).count();
    !is_one_request
        || hosts != 1
        || lines.iter().any(|line| line.starts_with("injected:"))
        || lines.iter().any(|line| line.starts_with("host:") && line.contains("vault"))
}

async fn answer(stream: &mut TcpStream, status: &str, headers: &str, body: &str) -> io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

async fn trickle(stream: &mut TcpStream) -> io::Result<()> {
    loop {
        stream.write_all(b"x").await?;
        tokio::time::sleep(DROP).await;
    }
}

/// Takes the encoding off a query.
fn decoded(text: &str) -> String {
    let (mut decoded, mut bytes) = (Vec::new(), text.bytes());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let digits: Vec<u8> = bytes.by_ref().take(2).collect();
        let digits = String::from_utf8_lossy(&digits);
        decoded.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
