//! A forge on loopback: git's own `http-backend` behind a few lines of HTTP.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

/// A forge that serves what is below a folder, until the test ends.
pub(crate) struct Forge {
    pub(crate) address: String,
    /// The heads of the requests that came.
    pub(crate) heads: Arc<Mutex<Vec<String>>>,
}

/// Starts a forge, if git is on this machine. A first path `/moved/…` is
/// redirected, and `/private/…` wants a password.
pub(crate) fn start(folder: &Path) -> Option<Forge> {
    Command::new("git").arg("--version").stdout(Stdio::null()).status().ok()?;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let heads = Arc::new(Mutex::new(Vec::new()));
    let (folder, seen) = (folder.to_owned(), heads.clone());
    thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), &folder, &seen);
        }
    });
    Some(Forge { address, heads })
}

fn answer(mut stream: TcpStream, folder: &Path, heads: &Mutex<Vec<String>>) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let (head, mut body) = loop {
        let count = stream.read(&mut buffer).unwrap();
        bytes.extend_from_slice(&buffer[..count]);
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let body = bytes.split_off(at + 4);
            break (String::from_utf8(bytes).unwrap(), body);
        }
        if count == 0 {
            return;
        }
    };
    heads.lock().unwrap().push(head.clone());
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let length: usize = header("content-length").map_or(0, |length| length.parse().unwrap());
    while body.len() < length {
        let count = stream.read(&mut buffer).unwrap();
        body.extend_from_slice(&buffer[..count]);
    }
    let mut words = head.split_whitespace();
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    if let Some(rest) = target.strip_prefix("/moved/") {
        let head = format!("HTTP/1.1 301 Moved\r\nlocation: /{rest}\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        return;
    }
    let target = match target.strip_prefix("/private/") {
        Some(_) if header("authorization").is_none() => {
            stream.write_all(b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n").unwrap();
            return;
        }
        Some(rest) => format!("/{rest}"),
        None => target.to_owned(),
    };
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut child = Command::new("git")
        .args(["-c", "safe.directory=*", "http-backend"])
        .env("GIT_PROJECT_ROOT", folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", header("content-type").unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&body).unwrap();
    let output = child.wait_with_output().unwrap().stdout;
    let at = output.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let headers = String::from_utf8(output[..at].to_vec()).unwrap();
    let status = headers
        .lines()
        .find_map(|line| line.strip_prefix("Status: "))
        .unwrap_or("200 OK")
        .to_owned();
    let body = &output[at + 4..];
    let head = format!("HTTP/1.1 {status}\r\n{headers}\r\ncontent-length: {}\r\n\r\n", body.len());
    // The far end may have gone away with what it has.
    drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)));
}
