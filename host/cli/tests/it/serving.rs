//! What stays: the server and MCP over pipes as processes, how they are told
//! to stop, and what is left of them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use std::{fs, thread};

use serde_json::{Value, json};

use crate::workspace::{GREET, Ran, Workspace};

/// A guard against waiting for ever: nothing that is waited for takes as long.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A tool that talks in every way there is, and may fail.
pub(crate) const TALKS: &str = r#"
tool = {
  name = "talks", description = "Talks",
  parameters = { { name = "fail", type = "boolean", description = "Whether to fail" } },
}
function tool.execute(params)
  print("printed")
  log.debug("quiet")
  log.info("at work", { shelf = 7 })
  log.warn("loud")
  if params.fail then ctx.fail("unavailable", "the shelf is empty") end
  return "done"
end
"#;

/// A workspace with a tool that never answers within its time.
fn endless(time: &str) -> Workspace {
    let workspace = Workspace::new();
    let script = "tool = { name = 'endless', description = 'Never answers' }\n\
         function tool.execute() while true do end end\n";
    workspace.drop_in("endless.lua", script);
    // Only the operator raises limits.
    workspace.config(&format!(
        "[extension.endless]\nlimits = {{ time = \"{time}\", fuel = 1_000_000_000_000 }}\n"
    ));
    workspace
}

/// Waits for work that ends.
#[track_caller]
pub(crate) fn within<T: Send + 'static>(
    what: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let (done, over) = mpsc::channel();
    thread::spawn(move || drop(done.send(work())));
    over.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{what} did not come"))
}

/// A process of ours, gone when the test is.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    pub(crate) fn signal(&self, name: &str) {
        let word = format!("kill -{name} {}", self.0.id());
        assert!(Command::new("sh").args(["-c", &word]).status().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A server that runs.
pub(crate) struct Serving {
    pub(crate) process: Process,
    stdout: BufReader<ChildStdout>,
    /// What it said first.
    hello: Value,
    address: String,
}

impl Serving {
    pub(crate) fn start(workspace: &Workspace) -> Self {
        Self::of(workspace.command(&["serve", "--bind", "127.0.0.1:0", "--json"]))
    }

    /// Starts a server by a command that says where it listens.
    pub(crate) fn of(mut command: Command) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut process = Process(child);
        let mut stdout = BufReader::new(process.0.stdout.take().unwrap());
        let (line, stdout) = within("a first line", move || {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            (line, stdout)
        });
        let hello: Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let address = hello["address"].as_str().unwrap().to_owned();
        Self { process, stdout, hello, address }
    }

    pub(crate) fn call(&self, tool: &str, arguments: &Value) -> String {
        read(begin(&self.address, "POST", &format!("/v1/tools/{tool}"), &arguments.to_string()))
    }

    /// Asks, and reads the answer's body as JSON.
    pub(crate) fn json(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = read(begin(&self.address, method, path, &body));
        let (_, said) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(said).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// Begins a call that does not end by itself, and waits until it runs.
    fn begin_endless(&self) -> TcpStream {
        let stream = begin(&self.address, "POST", "/v1/tools/endless", "{}");
        let address = self.address.clone();
        let running = r#"ctx_calls_running{extension="endless",role="tool"} 1"#;
        within("a run", move || while !get(&address, "/metrics").contains(running) {});
        stream
    }

    /// Waits until nobody is let in any more.
    fn refuses(&self) {
        let address = self.address.clone();
        within("the end of the listener", move || while TcpStream::connect(&address).is_ok() {});
    }

    /// Waits for its end: how it ended, and what else it printed.
    pub(crate) fn end(self) -> (Option<i32>, String) {
        let Self { mut process, mut stdout, .. } = self;
        let rest = within("its end", move || {
            let mut rest = String::new();
            stdout.read_to_string(&mut rest).unwrap();
            rest
        });
        (process.0.wait().unwrap().code(), rest)
    }
}

/// Sends a request and does not wait for its answer.
fn begin(address: &str, method: &str, path: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         traceparent: 00-{TRACE}-00f067aa0ba902b7-01\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// Reads an answer with its head.
fn read(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(address: &str, path: &str) -> String {
    read(begin(address, "GET", path, ""))
}

#[test]
fn a_server_says_on_one_line_where_it_is() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let serving = Serving::start(&workspace);
    let address = &serving.address;
    assert!(address.starts_with("127.0.0.1:") && !address.ends_with(":0"), "{address}");
    let url = format!("http://{address}");
    assert_eq!(serving.hello["url"], url);
    assert!(get(address, "/health").ends_with(r#"{"status":"ok","version":"0.1.0"}"#));
    let sign_in = serving.hello["sign_in"].as_str().unwrap().strip_prefix(&url).unwrap();
    assert!(get(address, sign_in).contains("set-cookie: ctx-session"));
    let answer = serving.call("greet", &json!({"name": "Ada"}));
    assert!(answer.contains(r#""structured":{"greeting":"hello Ada"}"#), "{answer}");
    serving.process.signal("INT");
    assert_eq!(serving.end(), (Some(0), String::new()));
}

#[test]
fn the_capabilities_are_those_of_the_command_line() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET).drop_in("broken.lua", "error('no')");
    let printed = workspace.run(&["capabilities", "--json"]);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    let serving = Serving::start(&workspace);
    let answer = get(&serving.address, "/v1/capabilities");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let [served, printed]: [Value; 2] =
        [body, &printed.stdout].map(|text| serde_json::from_str(text).unwrap());
    assert_eq!(served, printed);
}

#[test]
fn a_port_in_use_is_named_with_what_to_do() {
    let workspace = Workspace::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let bind = format!("127.0.0.1:{port}");
    let block = workspace.block(&["serve", "--bind", &bind]).replace(&port, "[port]");
    insta::assert_snapshot!(block, @r#"
    exit 1
    --- stderr
    ctx::serve::port_in_use

      × port [port] is in use by another program (`127.0.0.1:[port]`)
      help: stop that program (`ss -ltnp 'sport = :[port]'` shows it)
            or take another port: `ctx serve --bind 127.0.0.1:0` takes a free one
    "#);
    let Ran { code, stdout, .. } = workspace.run(&["serve", "--bind", &bind, "--json"]);
    let error: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, &error["error"]["code"]), (1, &json!("ctx::serve::port_in_use")));
}

#[test]
fn what_is_no_address_is_wrong_usage() {
    let workspace = Workspace::new();
    for bind in ["nonsense", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:port", ""] {
        let Ran { code, stdout, stderr } = workspace.run(&["serve", "--bind", bind]);
        assert_eq!(code, 2, "{bind}: {stderr}");
        assert_eq!(stdout, "");
        assert!(stderr.contains("127.0.0.1:7331"), "{bind}: {stderr}");
    }
}

#[test]
fn a_server_without_a_workspace_says_so_and_serves() {
    let workspace = Workspace::new();
    fs::remove_dir_all(workspace.path().join(".ctx")).unwrap();
    let serving = Serving::start(&workspace);
    assert!(get(&serving.address, "/v1/tools").contains(r#""name":"search""#));
    let answer = get(&serving.address, "/v1/search?q=owl");
    assert!(answer.contains(r#""code":"ctx::workspace::"#), "{answer}");
    serving.process.signal("TERM");
    assert_eq!(serving.end().0, Some(0));
}

#[test]
fn the_first_ctrl_c_lets_calls_end_and_writes_the_journal() {
    let workspace = endless("1s");
    workspace.drop_in("greet.lua", GREET);
    let serving = Serving::start(&workspace);
    serving.call("greet", &json!({"name": "Ada"}));
    let call = serving.begin_endless();
    serving.process.signal("INT");
    serving.refuses();
    let answer = read(call);
    assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
    assert!(answer.contains("ctx::limit::time"), "{answer}");
    assert_eq!(serving.end(), (Some(0), String::new()));
    let journal = workspace.run(&["journal", "--json"]).stdout;
    let entries: Vec<Value> =
        journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let noted: Vec<_> = entries
        .iter()
        .map(|entry| (entry["name"].as_str(), entry["outcome"].as_str(), entry["request"].as_str()))
        .collect();
    let expected =
        [(Some("endless"), Some("time"), Some(TRACE)), (Some("greet"), Some("ok"), Some(TRACE))];
    assert_eq!(noted, expected);
}

#[test]
fn the_second_ctrl_c_ends_at_once() {
    let workspace = endless("1h");
    for (first, second) in [("INT", "INT"), ("TERM", "INT")] {
        let serving = Serving::start(&workspace);
        let _call = serving.begin_endless();
        serving.process.signal(first);
        serving.refuses();
        serving.process.signal(second);
        assert_eq!(serving.end(), (Some(130), String::new()));
    }
}

#[test]
fn a_file_that_is_dropped_in_can_be_called() {
    let workspace = Workspace::new();
    let serving = Serving::start(&workspace);
    assert!(serving.call("greet", &json!({})).contains("ctx::unknown::tool"));
    workspace.drop_in("greet.lua", GREET);
    let address = serving.address.clone();
    within("the tool", move || while !get(&address, "/v1/tools").contains("greet") {});
    let answer = serving.call("greet", &json!({"name": "Ada"}));
    assert!(answer.contains("hello Ada"), "{answer}");
}

#[test]
fn mcp_over_pipes_prints_messages_and_nothing_else() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET).drop_in("talks.lua", TALKS);
    workspace.drop_in("broken.lua", "error('no')");
    let mut command = workspace.command(&["mcp"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = Process(command.spawn().unwrap());
    let mut stdin = process.0.stdin.take().unwrap();
    let ask = |id: u32, method: &str, params: Value| {
        json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()
    };
    let initialize = json!({
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    });
    let talk = json!({"name": "talks", "arguments": {}});
    let greet = json!({"name": "greet", "arguments": {"name": "Ada"}});
    let mut stdout = BufReader::new(process.0.stdout.take().unwrap());
    let mut messages: Vec<Value> = Vec::new();
    let asked = [
        ask(1, "initialize", initialize),
        ask(2, "tools/list", json!({})),
        ask(3, "tools/call", talk),
        ask(4, "tools/call", greet),
    ];
    for (at, message) in asked.iter().enumerate() {
        writeln!(stdin, "{message}").unwrap();
        let id = json!(at + 1);
        loop {
            let (line, back) = within("an answer", move || {
                let mut line = String::new();
                stdout.read_line(&mut line).unwrap();
                (line, stdout)
            });
            stdout = back;
            let message: Value =
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
            assert_eq!(message["jsonrpc"], "2.0");
            let is_answer = message["id"] == id;
            messages.push(message);
            if is_answer {
                break;
            }
        }
        if at == 0 {
            let done = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
            writeln!(stdin, "{done}").unwrap();
        }
    }
    let answer = |id: u32| messages.iter().find(|message| message["id"] == id).unwrap();
    assert_eq!(answer(1)["result"]["serverInfo"]["name"], "ctx");
    let tools = answer(2)["result"]["tools"].as_array().unwrap();
    let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["get", "greet", "search", "sources", "talks"]);
    assert_eq!(answer(3)["result"]["content"][0]["text"], "done");
    assert_eq!(answer(4)["result"]["structuredContent"], json!({"greeting": "hello Ada"}));
    drop(stdin);
    let mut stderr = process.0.stderr.take().unwrap();
    let (rest, said) = within("its end", move || {
        let (mut rest, mut said) = (String::new(), String::new());
        stdout.read_to_string(&mut rest).unwrap();
        stderr.read_to_string(&mut said).unwrap();
        (rest, said)
    });
    assert_eq!(rest, "");
    assert_eq!(process.0.wait().unwrap().code(), Some(0));
    // What extensions say is talk.
    assert!(said.contains("at work shelf=7"), "{said}");
}

#[test]
fn mcp_over_pipes_that_is_closed_at_once_is_done() {
    let workspace = Workspace::new();
    for arguments in [&["mcp"][..], &["mcp", "--stdio"]] {
        let Ran { code, stdout, stderr } = workspace.run(arguments);
        assert_eq!((code, stdout.as_str()), (0, ""), "{stderr}");
    }
}

#[test]
fn the_token_stays_until_another_is_made() {
    let workspace = Workspace::new();
    let token = |arguments: &[&str]| {
        let Ran { code, stdout, stderr } = workspace.run(arguments);
        assert_eq!(code, 0, "{stderr}");
        stdout
    };
    let first = token(&["token"]);
    assert!(first.trim().len() >= 32 && first.lines().count() == 1, "{first}");
    assert_eq!(token(&["token"]), first);
    let file = workspace.places().state.join("token");
    let mode = || fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    let second = token(&["token", "--new"]);
    assert_ne!(second, first);
    assert_eq!(mode(), 0o600);
    assert_eq!(token(&["token"]), second);
    // The server takes this one, and no other.
    let serving = Serving::start(&workspace);
    for (token, status) in [(second, "200"), (first, "401")] {
        let mut stream = TcpStream::connect(&serving.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = format!(
            "GET /v1/tools HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
             authorization: Bearer {}\r\n\r\n",
            serving.address,
            token.trim()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let answer = read(stream);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
}
