//! A connection as bytes, so that a client may be as rude as it likes; and
//! answers, held against what every answer owes.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A guard against waiting for ever: nothing that is waited for takes as long.
const PATIENCE: Duration = Duration::from_secs(25);

/// Waits for something that comes.
#[track_caller]
pub(crate) fn within<T>(what: impl Future<Output = T>) -> impl Future<Output = T> {
    let at = std::panic::Location::caller();
    async move {
        let done = tokio::time::timeout(PATIENCE, what).await;
        done.unwrap_or_else(|_| panic!("nothing came at {at}"))
    }
}

/// One connection.
pub(crate) struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Wire {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = within(TcpStream::connect(address)).await.unwrap();
        Self { stream, read: Vec::new() }
    }

    /// Sends bytes as they are.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        within(self.stream.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Sends bytes to a server that may have heard enough.
    pub(crate) async fn try_send(&mut self, bytes: impl AsRef<[u8]>) {
        drop(within(self.stream.write_all(bytes.as_ref())).await);
    }

    /// Reads the next answer.
    pub(crate) async fn answer(&mut self) -> Answer {
        self.answer_to("GET").await
    }

    /// Reads the next answer, which has no body if it was asked with HEAD.
    pub(crate) async fn answer_to(&mut self, method: &str) -> Answer {
        let mut answer = self.head().await;
        if method != "HEAD" && answer.status != 204 {
            answer.body = match answer.find("content-length") {
                Some(length) => {
                    let length = length.parse().unwrap();
                    self.fill(length).await;
                    self.read.drain(..length).collect()
                }
                None => self.chunks().await,
            };
        }
        answer.owes(method);
        answer
    }

    /// Reads the head of an answer whose body may never end.
    pub(crate) async fn head(&mut self) -> Answer {
        let end = loop {
            if let Some(at) = find(&self.read, b"\r\n\r\n") {
                break at;
            }
            self.more().await;
        };
        let head: Vec<u8> = self.read.drain(..end + 4).collect();
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        });
        Answer { status, headers: headers.collect(), body: Vec::new() }
    }

    async fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                if let Some(at) = find(&self.read, b"\r\n") {
                    break at;
                }
                self.more().await;
            };
            let line: Vec<u8> = self.read.drain(..end + 2).collect();
            let size = std::str::from_utf8(&line).unwrap().trim();
            let size = usize::from_str_radix(size, 16).unwrap();
            self.fill(size + 2).await;
            body.extend(self.read.drain(..size));
            self.read.drain(..2);
            if size == 0 {
                return body;
            }
        }
    }

    async fn fill(&mut self, length: usize) {
        while self.read.len() < length {
            self.more().await;
        }
    }

    async fn more(&mut self) {
        let read = within(self.stream.read_buf(&mut self.read)).await.unwrap();
        assert_ne!(read, 0, "it ended after {:?}", String::from_utf8_lossy(&self.read));
    }

    /// Waits until the server has closed the connection.
    pub(crate) async fn closed(&mut self) {
        // Broken off is closed as well.
        while within(self.stream.read_buf(&mut self.read)).await.unwrap_or(0) > 0 {}
    }
}

fn find(all: &[u8], part: &[u8]) -> Option<usize> {
    all.windows(part.len()).position(|window| window == part)
}

impl Answer {
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|(own, value)| (own == name).then_some(value.as_str()))
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.find(name).unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Checks that all is well, and reads the answer.
    #[track_caller]
    pub(crate) fn well(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// Checks that it is a problem with a code.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.json();
        assert_eq!((self.status, problem["code"].as_str()), (status, Some(code)), "{problem}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(problem["status"], status);
        let urn = code.trim_start_matches("ctx::").replace("::", ":");
        assert_eq!(problem["type"], format!("urn:ctx:problem:{urn}"));
        for text in ["title", "detail"] {
            assert!(problem[text].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
        }
        problem
    }

    /// Checks what every answer owes, whatever it says.
    #[track_caller]
    fn owes(&self, method: &str) {
        let id = self.header("x-request-id");
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{self:?}");
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        assert!(self.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert!(["no-referrer", "same-origin"].contains(&self.header("referrer-policy")));
        assert!(!self.header("cache-control").is_empty());
        // A token that does not reach so far is told which one would.
        let is_challenged = self.find("www-authenticate").is_some();
        assert!(
            if is_challenged { [401, 403].contains(&self.status) } else { self.status != 401 },
            "{self:?}"
        );
        assert!(self.status != 405 || self.find("allow").is_some(), "{self:?}");
        for told in ["server", "x-powered-by", "access-control-allow-origin"] {
            assert_eq!(self.find(told), None);
        }
        if self.status >= 400 && method != "HEAD" {
            assert!(!self.body.is_empty(), "nothing is said: {self:?}");
            assert!(self.find("content-type").is_some(), "{self:?}");
        }
    }
}

/// Writes a request.
pub(crate) fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!("{method} {path} HTTP/1.1\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    if !body.is_empty() || method == "POST" {
        bytes.extend(format!("content-length: {}\r\n", body.len()).bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    bytes
}
