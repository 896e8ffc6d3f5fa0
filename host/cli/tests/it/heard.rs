//! Who hears of what the program does: extensions of its events, and a
//! collector of OpenTelemetry of the runs of hooks.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use serde_json::Value;

use crate::workspace::{Ran, Workspace};

const NOTES: &str = r#"
connector = { description = "Notes" }
function connector.scan() return { { source_id = "a", title = "A", body = "alpha" } } end
"#;

const HEARS: &str = r#"
hooks = {
  pre_read = function(event) log.info("read " .. event.path) end,
  ["document.upserted"] = function(event) log.info("stored " .. event.id) end,
  retrieval_enrichment = function(query) return { tags = { "greek" } } end,
}
"#;

fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.drop_in("notes.lua", NOTES).drop_in("hears.lua", HEARS);
    workspace.config(
        "[sources.notes]\nextension = \"notes\"\n\
         [extensions.overrides.hears.hooks.retrieval_enrichment]\nmax_ms = 10000\n",
    );
    assert_eq!(workspace.run(&["sync", "notes"]).code, 0);
    workspace
}

#[test]
fn a_listener_hears_of_a_sync_and_of_what_is_read() {
    let workspace = workspace();
    let id = ctx_store::Store::document_id("notes", "a").to_string();
    assert_eq!(workspace.run(&["get", &id]).code, 0);
    // What is copied is read by nobody.
    assert_eq!(workspace.run(&["export", "--output", "copy.json"]).code, 0);
    let logs = workspace.run(&["ext", "logs", "hears", "--json"]).stdout;
    let said = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["message"].as_str().unwrap_or_default().to_owned()
    };
    let said: Vec<_> = logs.lines().map(said).collect();
    assert_eq!(said, ["stored a", "read a"]);
}

#[test]
fn runs_of_hooks_are_spans_that_a_collector_receives() {
    let workspace = workspace();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("http://{}", listener.local_addr().unwrap());
    let collector = thread::spawn(move || collected(&listener));
    let search = ["search", "alpha", "--json"];
    let mut command = workspace.command(&search);
    let ran = Ran::of(command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &place));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let body = collector.join().unwrap();
    let span = &body["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(span["name"], "extension.hook");
    let attribute = |name: &str| {
        let all = span["attributes"].as_array().unwrap().iter();
        let found = all.clone().find(|one| one["key"] == name);
        found.map(|one| one["value"]["stringValue"].as_str().unwrap().to_owned())
    };
    assert_eq!(attribute("extension").as_deref(), Some("hears"));
    assert_eq!(attribute("phase").as_deref(), Some("retrieval_enrichment"));
    assert_eq!(attribute("outcome").as_deref(), Some("ok"));
    let nanos = |key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
    assert!(nanos("endTimeUnixNano") > nanos("startTimeUnixNano"));
    assert!(!body.to_string().contains("alpha"), "what was asked is nobody else's");
    // A collector that is gone costs the search nothing but a moment.
    let mut command = workspace.command(&search);
    let ran = Ran::of(command.env("OTEL_EXPORTER_OTLP_ENDPOINT", place));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

/// Takes one request, and returns its body.
fn collected(listener: &TcpListener) -> Value {
    let (mut stream, _) = listener.accept().unwrap();
    let (mut read, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut piece).unwrap();
        read.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&read);
        let Some((_, body)) = text.split_once("\r\n\r\n") else { continue };
        // It is whole as soon as it is JSON.
        if let Ok(body) = serde_json::from_str(body) {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
            return body;
        }
    }
}
