//! A workspace that was written for Context Harness goes through its verbs as
//! it is. Only `ctx trust` is new: the operator's word about its config.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::{fs, thread};

use serde_json::{Value, json};

use crate::serving::Serving;
use crate::workspace::{Ran, Workspace};

/// A token that nobody but the tracker may see.
const TOKEN: &str = "tracker-token-4711";

/// A tracker with three issues, one of them empty, that opens tickets.
fn tracker() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            drop(client.map(|client| thread::spawn(move || drop(answer(client)))));
        }
    });
    format!("http://{address}")
}

fn answer(client: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(client);
    let (mut line, mut authorization, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut line)?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.trim().clone_into(&mut authorization),
            "content-length" => length = value.trim().parse().unwrap_or(0),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let issue = |id: &str, title: &str, body: &str| {
        json!({
            "id": id, "title": title, "body": body, "labels": [], "state": "open",
            "reporter": { "name": "Grace" }, "updated": "2025-01-15T10:00:00.000+0000",
        })
    };
    let basic = "Basic Y2lAZXhhbXBsZS5jb206dHJhY2tlci10b2tlbi00NzEx";
    let (status, said) = match line.split(' ').nth(1).unwrap_or_default() {
        target if target.starts_with("/issues") && authorization == format!("Bearer {TOKEN}") => {
            let page = match target {
                target if target.contains("?page=1") || target.contains("&page=1") => {
                    json!([
                        issue("I-1", "Gateway restarts", "The gateway restarts at noon"),
                        issue("I-2", "Empty", "")
                    ])
                }
                target if target.contains("?page=2") || target.contains("&page=2") => {
                    json!([issue("I-3", "Slow pipeline", "The pipeline is slow since Monday")])
                }
                _ => json!([]),
            };
            (200, page)
        }
        "/tickets" if authorization == basic => {
            let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
            if asked["title"].is_string() {
                (201, json!({ "key": "T-9" }))
            } else {
                (400, json!({ "error": "title" }))
            }
        }
        _ => (401, json!({ "error": "who are you?" })),
    };
    let said = said.to_string();
    let mut client = reader.into_inner();
    write!(
        client,
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{said}",
        said.len()
    )
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Makes a repository with one commit.
fn repository(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("README.md"), "# Platform\n\nThe aqueduct carries all traffic.\n")
        .unwrap();
    let steps: [&[&str]; 3] = [
        &["init", "-q", "-b", "main"],
        &["add", "."],
        &["commit", "-q", "-m", "Describe the platform"],
    ];
    for step in steps {
        let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
        let done = Command::new("git").args(identity).args(step).current_dir(folder).output();
        assert!(done.unwrap().status.success(), "git {step:?}");
    }
}

struct Moved {
    workspace: Workspace,
    tracker: String,
}

impl Moved {
    fn new() -> Self {
        let workspace = Workspace::bare();
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/context-harness");
        copy(&fixture, workspace.path());
        let upstream = workspace.path().join("upstream");
        repository(&upstream);
        let config = workspace.path().join("config/ctx.toml");
        let text = fs::read_to_string(&config).unwrap();
        let url = format!("file://{}", upstream.display());
        fs::write(&config, text.replace("THE-REPOSITORY", &url)).unwrap();
        Self { workspace, tracker: tracker() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.workspace.command(arguments);
        command.env("TRACKER_URL", &self.tracker).env("TRACKER_TOKEN", TOKEN);
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "ctx {arguments:?}: {}\n{}", ran.stdout, ran.stderr);
        assert!(!ran.stdout.contains(TOKEN) && !ran.stderr.contains(TOKEN), "{arguments:?}");
        ran.stdout
    }

    #[track_caller]
    fn says(&self, arguments: &[&str], words: &[&str]) -> String {
        let said = self.ok(arguments);
        for word in words {
            assert!(said.contains(word), "ctx {arguments:?} does not say `{word}`:\n{said}");
        }
        said
    }
}

#[test]
fn a_workspace_of_context_harness_goes_through_its_verbs_unmodified() {
    let moved = Moved::new();
    moved.ok(&["init"]);
    let refused = moved.run(&["sync", "script:issues"]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains("ctx trust"), "{}", refused.stderr);
    moved.ok(&["trust"]);
    moved.says(&["sources"], &["filesystem:handbook", "git:platform", "script:issues"]);
    moved.says(
        &["sync", "all"],
        &["sync filesystem:handbook", "sync git:platform", "sync script:issues", "fetched:", "ok"],
    );
    moved.says(&["search", "gateway"], &["script:issues / Gateway restarts", "2025-01-15"]);
    moved.says(&["search", "keeper", "--source", "filesystem:handbook"], &["incidents.md"]);
    moved.says(&["search", "aqueduct", "--mode", "hybrid"], &["git:platform / "]);
    moved.says(&["search", "pipeline AND"], &["Slow pipeline"]);
    moved.says(&["search", "lighthouse"], &["No results."]);
    let hits: Value = serde_json::from_str(&moved.ok(&["search", "restarts", "--json"])).unwrap();
    let id = hits["hits"][0]["id"].as_str().unwrap().to_owned();
    moved.says(
        &["get", &id],
        &["I-1", "Grace", "The gateway restarts at noon", "\"state\":\"open\""],
    );
    moved.says(&["stats"], &["filesystem:handbook", "git:platform", "script:issues"]);
    moved.says(&["tool", "list"], &["create_ticket", "shout", "search", "built-in"]);
    moved.says(
        &["tool", "test", "tools/shout.lua", "--param", "text=hi", "--param", "times=2"],
        &["HI!!"],
    );
    moved.says(
        &[
            "tool",
            "test",
            "tools/create-ticket.lua",
            "--source",
            "create_ticket",
            "--param",
            "title=Gateway",
        ],
        &["T-9", "normal"],
    );
    moved.says(&["connector", "test", "connectors/issues.lua", "--source", "issues"], &["I-1"]);
    moved.says(&["agent", "list"], &["reviewer", "on-call"]);
    moved.says(&["agent", "test", "reviewer"], &["Cite the handbook."]);
    moved.says(
        &["agent", "test", "on-call", "--arg", "incident=gateway"],
        &["You lead through the incident: gateway", "I found"],
    );
    let again = moved.says(&["sync", "all"], &["ok"]);
    assert!(!again.contains("TOKEN"));
}

#[test]
fn its_server_answers_as_its_clients_expect() {
    let moved = Moved::new();
    moved.ok(&["init"]);
    moved.ok(&["trust"]);
    moved.ok(&["sync", "all"]);
    let serving = Serving::of(moved.command(&["serve", "mcp", "--bind", "127.0.0.1:0", "--json"]));
    let tools = serving.json("GET", "/tools/list", &Value::Null);
    let names: Vec<&str> =
        tools["tools"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert_eq!(names[..3], ["search", "get", "sources"]);
    assert!(names.contains(&"create_ticket") && names.contains(&"shout"), "{names:?}");
    let shouted = serving.json("POST", "/tools/shout", &json!({ "text": "hey" }));
    assert_eq!(shouted["result"]["text"], "HEY!");
    let ticket = serving.json("POST", "/tools/create_ticket", &json!({ "title": "Gateway" }));
    assert_eq!(ticket["result"]["key"], "T-9", "{ticket}");
    let missing = serving.json("POST", "/tools/create_ticket", &json!({}));
    assert_eq!(missing["error"]["code"], "bad_request", "{missing}");
    let unknown = serving.json("POST", "/tools/nope", &json!({}));
    assert_eq!(unknown["error"]["code"], "not_found", "{unknown}");
    let found = serving.json("POST", "/tools/search", &json!({ "query": "aqueduct" }));
    assert_eq!(found["result"]["results"][0]["source"], "git:platform", "{found}");
    let agents = serving.json("GET", "/agents/list", &Value::Null);
    assert_eq!(agents["agents"].as_array().unwrap().len(), 2, "{agents}");
    let prompt =
        serving.json("POST", "/agents/on-call/prompt", &json!({ "incident": "the gateway" }));
    assert_eq!(prompt["tools"], json!(["search"]), "{prompt}");
    assert!(prompt["system"].as_str().unwrap().contains("the gateway"));
    let inline = serving.json("POST", "/agents/reviewer/prompt", &json!({}));
    assert_eq!(inline["tools"], json!(["search", "get"]), "{inline}");
    assert!(serving.json("GET", "/tools/sources", &Value::Null)["result"]["sources"].is_array());
}
