//! A client that keeps one connection and waits for each answer: as little as
//! can be, so that what is measured is the server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// Longer than any call may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// One connection.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

/// An answer's head. Its body is in the connection until the next request.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The session that MCP began, if it did.
    pub(crate) session: Option<String>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream), body: Vec::new() })
    }

    /// Sends a request that was written before, and reads the whole answer.
    pub(crate) fn send(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.get_mut().write_all(request)?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).context("no answer")?.parse()?;
        let (mut length, mut session) = (None, None);
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = Some(value.trim().parse::<usize>()?),
                "mcp-session-id" => session = Some(value.trim().to_owned()),
                _ => {}
            }
        }
        self.body.clear();
        match length {
            Some(length) => {
                self.body.resize(length, 0);
                self.stream.read_exact(&mut self.body)?;
            }
            None => self.read_chunks()?,
        }
        Ok(Answer { status, session })
    }

    /// Sends, and fails unless the answer is good.
    pub(crate) fn expect(&mut self, request: &[u8]) -> Result<Answer> {
        let answer = self.send(request)?;
        if answer.status >= 300 {
            bail!("{}: {}", answer.status, String::from_utf8_lossy(&self.body));
        }
        Ok(answer)
    }

    /// Returns the last answer's body.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Sends, and fails unless the answer says what it should: otherwise its
    /// figure means nothing.
    pub(crate) fn expect_said(&mut self, request: &[u8], said: &str) -> Result<()> {
        self.expect(request)?;
        let body = String::from_utf8_lossy(&self.body);
        if !body.contains(said) || body.contains("\"isError\":true") {
            bail!("the server answered {body}");
        }
        Ok(())
    }

    fn read_chunks(&mut self) -> Result<()> {
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let length = usize::from_str_radix(line.trim(), 16)?;
            let begun = self.body.len();
            self.body.resize(begun + length, 0);
            self.stream.read_exact(&mut self.body[begun..])?;
            line.clear();
            self.stream.read_line(&mut line)?;
            if length == 0 {
                return Ok(());
            }
        }
    }
}

/// Writes a request.
pub(crate) fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n");
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    if !body.is_empty() {
        head.extend(["content-type: application/json\r\ncontent-length: "]);
        head.push_str(&body.len().to_string());
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    head.push_str(body);
    head.into_bytes()
}
