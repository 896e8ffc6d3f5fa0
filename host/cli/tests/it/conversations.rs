//! A run that is recorded, and played again when the service is gone.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::thread::{self, JoinHandle};

use serde_json::Value;

use crate::workspace::Workspace;

const TOKEN: &str = "hunter2/hunter+2";

/// Answers so many requests and goes away.
fn service(requests: usize) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let gone = thread::spawn(move || {
        for _ in 0..requests {
            let (stream, _) = listener.accept().unwrap();
            answer(stream);
        }
    });
    (port, gone)
}

fn answer(mut stream: TcpStream) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let is_let_in = head.iter().any(|line| line.contains(TOKEN));
    let page = head[0].contains("page=2");
    let (status, body) = match (is_let_in, page) {
        (false, _) => ("401 Unauthorized", "{}".to_owned()),
        // A service may repeat what opened its door.
        (true, false) => ("200 OK", format!(r#"{{"next":2,"you":"{TOKEN}","pages":["a","b"]}}"#)),
        (true, true) => ("200 OK", r#"{"pages":["c"]}"#.to_owned()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nset-cookie: id=s3ss10n\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
}

/// A connector that uses all that a recording keeps: pages, a secret, a
/// variable, what it kept, the clock, chance and a nap.
fn wiki(port: u16) -> String {
    format!(
        r#"-- /// ctx
-- name = "wiki"
-- [requests]
-- http = ["http://127.0.0.1:{port}"]
-- secrets = ["wiki-token"]
-- env = ["WIKI_TEAM"]
-- kv = true
-- ///
connector = {{
  description = "Pages of a wiki",
  settings = {{ {{ name = "space" }} }},
}}
function connector.scan(settings)
  local seen = kv.get("runs") or "0"
  kv.set("runs", tostring(tonumber(seen) + 1))
  sleep(0.01)
  local documents, page = {{}}, 1
  repeat
    local answer = http.get("http://127.0.0.1:{port}/pages", {{
      params = {{ page = page, team = env.get("WIKI_TEAM"), now = os.time(), dice = math.random(1000000) }},
      headers = {{ Authorization = "Bearer " .. secrets.get("wiki-token") }},
    }})
    for _, name in ipairs(answer.json.pages) do
      documents[#documents + 1] = {{
        source_id = name, title = "Page " .. name,
        body = "In " .. settings.space .. ", run " .. seen .. ", for " .. tostring(answer.json.you),
      }}
    end
    page = answer.json.next
  until not page
  return documents
end
"#
    )
}

fn prepared(port: u16) -> Workspace {
    let workspace = Workspace::new();
    workspace.write(".ctx/extensions/wiki/main.lua", wiki(port));
    workspace.config(&format!(
        "[sources.docs]\nextension = \"wiki\"\nspace = \"ENG\"\n\
         [extension.wiki]\nallow = {{ http = [\"http://127.0.0.1:{port}\"], \
         secrets = [\"wiki-token\"], env = [\"WIKI_TEAM\"], kv = true }}\n"
    ));
    let mut set =
        workspace.command(&["secret", "set", "wiki-token"]).stdin(Stdio::piped()).spawn().unwrap();
    set.stdin.take().unwrap().write_all(TOKEN.as_bytes()).unwrap();
    assert!(set.wait().unwrap().success());
    workspace
}

const FILE: &str = ".ctx/extensions/wiki/tests/first.toml";

#[test]
fn a_recorded_run_is_played_again_when_the_service_is_gone() {
    let (port, gone) = service(2);
    let workspace = prepared(port);
    let mut record = workspace.command(&["connector", "test", "docs", "--record", FILE]);
    let output = record.env("WIKI_TEAM", "herons-and-co").output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
    assert!(stdout.contains("Recorded 2 exchanges and 3 documents of `docs`"), "{stdout}");
    assert!(stdout.contains("Two replays gave the same documents"), "{stdout}");
    gone.join().unwrap();

    let file = std::fs::read_to_string(workspace.path().join(FILE)).unwrap();
    for leak in [TOKEN, "hunter2", "herons", "s3ss10n"] {
        assert!(!file.contains(leak), "{leak} is in\n{file}");
    }
    assert!(file.contains("secret-wiki-token"), "{file}");

    let replayed = workspace.run(&["connector", "test", "docs", "--replay", FILE]);
    assert_eq!(replayed.code, 0, "{}{}", replayed.stdout, replayed.stderr);
    assert!(replayed.stdout.contains("a: Page a"), "{}", replayed.stdout);
    let fuel = |said: &str| said.rsplit_once("cost ").map(|(_, rest)| rest.to_owned());
    assert_eq!(fuel(&replayed.stdout), fuel(&stdout));

    // The file is a test of the extension from now on.
    let tested = workspace.run(&["test", ".ctx/extensions"]);
    assert_eq!(tested.code, 0, "{}{}", tested.stdout, tested.stderr);
    assert!(tested.stdout.contains("1 passed, 0 failed"), "{}", tested.stdout);
    let changed = wiki(port).replace("/pages\"", "/all\"").replace("Page \"", "Leaf \"");
    workspace.write(".ctx/extensions/wiki/main.lua", changed);
    let tested = workspace.run(&["test", "--json", FILE]);
    assert_eq!(tested.code, 1, "{}{}", tested.stdout, tested.stderr);
    let told: Value = serde_json::from_str(&tested.stdout).unwrap();
    assert_eq!(told["failed"], 1);
    let differences = &told["conversations"][0]["steps"][0]["differences"];
    let first = differences[0].as_str().unwrap();
    assert!(
        first.contains("the nearest is http 1") && first.contains("`/all`, not `/pages`"),
        "{first}"
    );
}

#[test]
fn what_is_no_conversation_is_told_with_its_line() {
    let workspace = Workspace::new();
    workspace.write("x/main.lua", "tool = { name = 'x', description = 'X', parameters = {} }\nfunction tool.execute() return 'x' end\n");
    workspace.write("x/tests/a.toml", "conversation = 1\n[[step]]\ncal = {}\n");
    let ran = workspace.run(&["test", "x"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("line 3: unknown field `cal`"), "{}", ran.stdout);
    let ran = workspace.run(&["test", "x/tests/a.toml"]);
    assert_eq!(ran.code, 3, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(workspace.run(&["test", "places"]).code, 3);
}
