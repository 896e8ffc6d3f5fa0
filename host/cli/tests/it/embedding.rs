//! Searches by meaning, with a server of vectors on this machine.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::workspace::Workspace;

/// Speaks as Ollama and as `OpenAI` do: a vector tells how often each of three
/// words is in a text.
struct Server {
    address: String,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Texts that were embedded.
    texts: AtomicUsize,
    /// Whether to be broken.
    is_broken: AtomicBool,
    /// Requests that are answered with 429 before any other.
    busy: AtomicUsize,
    authorization: Mutex<Option<String>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::<Seen>::default();
        let shared = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), seen) = (stream, shared.clone()) else { return };
                thread::spawn(move || drop(answer(stream, &seen)));
            }
        });
        Self { address, seen }
    }

    fn texts(&self) -> usize {
        self.seen.texts.load(Ordering::SeqCst)
    }

    fn config(&self, provider: &str) -> String {
        format!(
            "[sources.tree]\nextension = \"files\"\nroot = \"tree\"\n\
             [embedding]\nprovider = \"{provider}\"\nmodel = \"small\"\ndims = 3\n\
             url = \"{}\"\nmax_retries = 1\nbatch_size = 2\n",
            self.address
        )
    }
}

fn answer(stream: TcpStream, seen: &Seen) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut length, mut line, mut head) = (0, String::new(), String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        let lower = line.to_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if lower.starts_with("authorization:") {
            *seen.authorization.lock().unwrap() = Some(line.trim().to_owned());
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let is_busy = seen
        .busy
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
        .is_ok();
    let (status, answer) = if is_busy {
        ("429 Too Many Requests\r\nretry-after: 0", json!({}))
    } else if seen.is_broken.load(Ordering::SeqCst) {
        ("400 Bad Request", json!({}))
    } else {
        let request: Value = serde_json::from_slice(&body)?;
        let texts = request["input"].as_array().cloned().unwrap_or_default();
        seen.texts.fetch_add(texts.len(), Ordering::SeqCst);
        let vectors = texts.iter().map(|text| {
            let text = text.as_str().unwrap_or_default();
            ["sun", "rain", "snow"].map(|word| 1 + 10 * text.matches(word).count())
        });
        let answer = if head.starts_with("POST /api/embed ") {
            json!({ "embeddings": vectors.collect::<Vec<_>>() })
        } else if head.starts_with("POST /v1/embeddings ") {
            let numbered = vectors.enumerate();
            let data: Vec<_> = numbered
                .map(|(index, vector)| json!({ "index": index, "embedding": vector }))
                .collect();
            json!({ "data": data })
        } else {
            json!({ "unknown": head })
        };
        ("200 OK", answer)
    };
    let body = answer.to_string();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
}

fn workspace(config: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("tree/dry.md", "sun sun sun");
    workspace.write("tree/wet.md", "rain rain");
    workspace.write("tree/cold.md", "snow");
    workspace.config(config);
    workspace
}

fn hits(workspace: &Workspace, arguments: &[&str]) -> Value {
    let ran = workspace.run(&[&["search", "--json"], arguments].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn first(hits: &Value) -> &str {
    hits["hits"][0]["source_id"].as_str().unwrap_or("nothing")
}

#[test]
fn a_sync_embeds_and_a_search_by_meaning_finds() {
    let server = Server::start();
    for provider in ["ollama", "openai"] {
        let workspace = workspace(&server.config(provider));
        let key = |arguments: &[&str]| {
            let output =
                workspace.command(arguments).env("OPENAI_API_KEY", "sk-1").output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        let synced = key(&["sync"]);
        assert!(synced.contains("embeddings written: 3"), "{synced}");
        assert!(synced.contains("embeddings pending: 0"), "{synced}");
        let found = key(&["search", "--mode", "semantic", "--json", "rainy weather"]);
        let found: Value = serde_json::from_str(&found).unwrap();
        assert_eq!((first(&found), &found["mode"]), ("wet.md", &json!("semantic")));
        assert_eq!(found["notices"], Value::Null);
    }
    let sent = server.seen.authorization.lock().unwrap().clone();
    assert_eq!(
        sent.as_deref().map(str::to_lowercase).as_deref(),
        Some("authorization: bearer sk-1")
    );
}

#[test]
fn a_chunk_that_did_not_change_is_not_embedded_again() {
    let server = Server::start();
    let workspace = workspace(&server.config("ollama"));
    assert_eq!(workspace.run(&["sync"]).code, 0);
    assert_eq!(server.texts(), 3);
    assert_eq!(workspace.run(&["sync", "--full"]).code, 0);
    assert_eq!(server.texts(), 3);
    workspace.write("tree/wet.md", "rain and sun");
    assert_eq!(workspace.run(&["sync"]).code, 0);
    assert_eq!(server.texts(), 4);
    let rebuilt = workspace.run(&["embed", "rebuild"]);
    assert!(rebuilt.stdout.contains("embedded:      3"), "{}", rebuilt.stdout);
    assert_eq!(server.texts(), 8);
}

#[test]
fn a_failing_embedder_ends_no_sync_and_no_search() {
    let server = Server::start();
    let workspace = workspace(&server.config("ollama"));
    server.seen.is_broken.store(true, Ordering::SeqCst);
    let synced = workspace.run(&["sync"]);
    assert_eq!(synced.code, 0);
    assert!(synced.stdout.contains("embeddings pending: 3"), "{}", synced.stdout);
    let found = hits(&workspace, &["--mode", "hybrid", "rain"]);
    assert_eq!((first(&found), &found["mode"]), ("wet.md", &json!("keyword")));
    assert_eq!(found["notices"][0]["code"], "mode_fallback");
    let pending = workspace.run(&["embed", "pending", "--dry-run"]);
    assert!(pending.stdout.contains("chunks needing embeddings: 3"), "{}", pending.stdout);
    assert_eq!(workspace.run(&["embed", "pending"]).code, 1);
    server.seen.is_broken.store(false, Ordering::SeqCst);
    server.seen.busy.store(1, Ordering::SeqCst);
    insta::assert_snapshot!(workspace.block(&["embed", "pending"]), @r"
    exit 0
    --- stdout
    embed pending
      total pending: 3
      embedded:      3
      failed:        0
    ");
    insta::assert_snapshot!(workspace.block(&["embed", "pending"]), @r"
    exit 0
    --- stdout
    embed pending
      all chunks up to date
    ");
    assert_eq!(hits(&workspace, &["--mode", "hybrid", "rain"])["mode"], "hybrid");
}

#[test]
fn without_an_embedder_every_mode_is_answered_and_says_so() {
    let workspace = workspace("[sources.tree]\nextension = \"files\"\nroot = \"tree\"\n");
    assert_eq!(workspace.run(&["sync"]).code, 0);
    for mode in ["semantic", "hybrid"] {
        let found = hits(&workspace, &["--mode", mode, "rain"]);
        assert_eq!((first(&found), &found["mode"]), ("wet.md", &json!("keyword")));
        assert_eq!(found["notices"][0]["code"], "mode_fallback");
    }
    insta::assert_snapshot!(workspace.block(&["embed", "pending"]), @r#"
    exit 3
    --- stderr
    ctx::embedder::missing

      × nothing can be embedded: no embedder is configured; write `[embedding]` or `[embedder]` into the config
      help: for example `[embedding]` with `provider = "ollama"`, `model` and `dims` in the workspace's config (.ctx/config.toml where there is none)
    "#);
}

#[test]
fn a_config_that_is_not_trusted_sends_nothing_anywhere() {
    let server = Server::start();
    let workspace = Workspace::new();
    workspace.write("tree/wet.md", "rain");
    workspace.config("[sources.tree]\nextension = \"files\"\nroot = \"tree\"\n");
    assert_eq!(workspace.run(&["sync"]).code, 0);
    workspace.write(".ctx/config.toml", server.config("ollama"));
    let found = hits(&workspace, &["--mode", "semantic", "rain"]);
    assert_eq!(found["mode"], "keyword");
    assert_ne!(workspace.run(&["embed", "pending"]).code, 0);
    assert_eq!(server.texts(), 0);
}

#[test]
fn a_script_searches_by_meaning_too() {
    let server = Server::start();
    let workspace = workspace(&format!(
        "{}[extension.ask]\nallow = {{ context = [\"*\"] }}\n",
        server.config("ollama")
    ));
    workspace.drop_in(
        "ask.lua",
        "-- /// ctx\n-- name = \"ask\"\n-- [requests]\n-- context = [\"*\"]\n-- ///\n\
         tool = { name = \"ask\", description = \"Asks\", parameters = {} }\n\
         function tool.execute(params, context)\n\
           return context.search(\"rainy\", { mode = \"semantic\", limit = 1 })\n\
         end\n",
    );
    assert_eq!(workspace.run(&["sync"]).code, 0);
    let called = workspace.run(&["call", "ask"]);
    assert!(called.stdout.contains("wet.md"), "{} {}", called.stdout, called.stderr);
}
