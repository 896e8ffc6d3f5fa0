//! The program while it runs, and questions to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ctx_host::serde_json::{self, Value, json};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Nothing that is waited for takes as long.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Running {
    child: Child,
    address: String,
    #[expect(dead_code, reason = "gone with the program")]
    folder: TempDir,
}

impl Running {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("ctx.toml"), "[server]\nbind = \"127.0.0.1:0\"\n").unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_library"))
            .arg("ctx.toml")
            .current_dir(folder.path())
            .env("CTX_CONFIG_DIR", at("config"))
            .env("CTX_DATA_DIR", at("data"))
            .env("CTX_STATE_DIR", at("state"))
            .env("CTX_CACHE_DIR", at("cache"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().expect("it ended before it listened").unwrap();
            if let Some(address) = line.strip_prefix("ctx listens on http://") {
                break address.to_owned();
            }
        };
        Self { child, address, folder }
    }

    /// Asks, and returns the status and the JSON that came back.
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            request.push_str(name);
            request.push_str(": ");
            request.push_str(value);
            request.push_str("\r\n");
        }
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let json = serde_json::from_str(body);
        (status, json.unwrap_or_else(|error| panic!("{error} in {answer}")))
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, answer) = self.ask("GET", path, &[], "");
        assert_eq!(status, 200, "{answer}");
        answer
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask("POST", path, &[], &body.to_string());
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Asks over MCP, as clients without sessions do.
    #[track_caller]
    pub(crate) fn mcp(&self, method: &str, params: &Value) -> Value {
        let mut params = params.clone();
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let name = params["name"].as_str().unwrap_or_default().to_owned();
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let mut headers = vec![
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", method),
        ];
        if !name.is_empty() {
            headers.push(("mcp-name", &name));
        }
        let (status, answer) = self.ask("POST", "/mcp", &headers, &message.to_string());
        assert_eq!(status, 200, "{answer}");
        assert!(answer["result"].is_object(), "{answer}");
        answer["result"].clone()
    }

    /// Tells it to stop, and waits for its good end.
    pub(crate) fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, unless a test has failed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
