//! Secrets: injected where the guest never sees them, and taken out of what it
//! writes for people where it does.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Stdio;
use std::thread::{self, JoinHandle};

use crate::workspace::Workspace;

/// Answers one request, and returns its head.
fn one_request() -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let head = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        let mut stream = stream;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
            .unwrap();
        head
    });
    (port, head)
}

fn keep_secret(workspace: &Workspace) {
    let mut set =
        workspace.command(&["secret", "set", "token"]).stdin(Stdio::piped()).spawn().unwrap();
    set.stdin.take().unwrap().write_all(b"hunter2hunter2\n").unwrap();
    assert!(set.wait().unwrap().success());
}

fn injecting(port: u16) -> String {
    format!(
        "-- /// ctx\n-- [requests]\n-- http = [\"http://127.0.0.1:{port}\"]\n\
         -- secrets = [\"token\"]\n-- [[requests.inject]]\n-- host = \"http://127.0.0.1:{port}\"\n\
         -- header = \"Authorization\"\n-- value = \"Bearer {{token}}\"\n-- ///\n\
         tool = {{ name = \"fetch\", description = \"Fetches\", parameters = {{}} }}\n\
         function tool.execute()\n  \
           return http.get(\"http://127.0.0.1:{port}/x\", {{ headers = {{ authorization = \"mine\" }} }}).body\n\
         end\n"
    )
}

#[test]
fn a_header_carries_a_secret_that_the_guest_never_sees() {
    let workspace = Workspace::new();
    let (port, head) = one_request();
    workspace.drop_in("fetch.lua", injecting(port));
    keep_secret(&workspace);
    let origin = format!("http://127.0.0.1:{port}");
    assert_eq!(workspace.run(&["grant", "fetch", "http", &origin]).code, 0);
    // The rule needs the secret to be granted, or nothing is sent.
    let refused = workspace.run(&["call", "fetch"]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains("ctx grant fetch secrets token"), "{}", refused.stderr);
    assert_eq!(workspace.run(&["grant", "fetch", "secrets", "token"]).code, 0);
    let called = workspace.run(&["call", "fetch"]);
    assert_eq!((called.code, called.stdout.as_str()), (0, "ok\n"), "{}", called.stderr);
    let head = head.join().unwrap();
    let sent: Vec<&String> =
        head.iter().filter(|line| line.to_lowercase().starts_with("authorization")).collect();
    assert_eq!(sent, ["authorization: Bearer hunter2hunter2"]);
}

#[test]
fn a_revealed_secret_is_taken_out_of_log_lines_and_failures() {
    let workspace = Workspace::new();
    workspace.drop_in(
        "tells.lua",
        "-- /// ctx\n-- [requests]\n-- secrets = [\"token\"]\n-- ///\n\
         tool = { name = \"tells\", description = \"Tells\", parameters = {} }\n\
         function tool.execute()\n  local secret = secrets.get(\"token\")\n  \
           log.info(\"it is \" .. secret)\n  error(\"it was \" .. secret)\nend\n",
    );
    keep_secret(&workspace);
    assert_eq!(workspace.run(&["grant", "tells", "secrets", "token"]).code, 0);
    insta::assert_snapshot!(workspace.block(&["call", "tells"]), @r#"
    exit 1
    --- stderr
    [tells] info: it is [secret]
    ctx::call::internal

      × `tells` failed: [string "tells.lua"]:9: it was [secret]
    "#);
    let journal = workspace.run(&["journal"]).stdout;
    assert!(!journal.contains("hunter2"), "{journal}");
}

#[test]
fn a_secret_that_the_host_sends_is_not_read_and_stays_with_its_host() {
    let workspace = Workspace::new();
    let (port, head) = one_request();
    let (elsewhere, other_head) = one_request();
    let script = injecting(port)
        .replace(
            &format!("http = [\"http://127.0.0.1:{port}\"]"),
            &format!("http = [\"http://127.0.0.1:{port}\", \"http://127.0.0.1:{elsewhere}\"]"),
        )
        .replace(
            "  return http.get",
            &format!(
                "  local _, why = pcall(secrets.get, \"token\")\n  \
                   http.get(\"http://127.0.0.1:{elsewhere}/x\")\n  \
                   return tostring(why) .. \" \" .. http.get"
            ),
        );
    workspace.drop_in("fetch.lua", script);
    keep_secret(&workspace);
    for port in [port, elsewhere] {
        let origin = format!("http://127.0.0.1:{port}");
        assert_eq!(workspace.run(&["grant", "fetch", "http", &origin]).code, 0);
    }
    assert_eq!(workspace.run(&["grant", "fetch", "secrets", "token"]).code, 0);
    let called = workspace.run(&["call", "fetch"]);
    assert_eq!(called.code, 0, "{}", called.stderr);
    assert!(called.stdout.contains("has the host put it into requests"), "{}", called.stdout);
    assert!(!called.stdout.contains("hunter2"), "{}", called.stdout);
    let carries = |head: Vec<String>| head.iter().any(|line| line.contains("hunter2"));
    assert!(carries(head.join().unwrap()));
    assert!(!carries(other_head.join().unwrap()));
}

#[test]
fn a_secret_that_a_server_sends_back_is_taken_out_of_log_lines() {
    let workspace = Workspace::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let echo = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let sent = lines.take_while(|line| !line.is_empty());
        let sent = sent.filter(|line| line.to_lowercase().starts_with("authorization"));
        let body: String = sent.collect();
        let length = body.len();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close");
        stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).unwrap();
    });
    let script = injecting(port).replace("  return http.get", "  local body = http.get");
    let script = script.replace(".body\nend", ".body\n  log.info(body)\n  error(body)\nend");
    workspace.drop_in("fetch.lua", script);
    keep_secret(&workspace);
    let origin = format!("http://127.0.0.1:{port}");
    assert_eq!(workspace.run(&["grant", "fetch", "http", &origin]).code, 0);
    assert_eq!(workspace.run(&["grant", "fetch", "secrets", "token"]).code, 0);
    let called = workspace.run(&["call", "fetch"]);
    echo.join().unwrap();
    assert_eq!(called.code, 1, "{}", called.stderr);
    assert!(called.stderr.contains("info: authorization: Bearer [secret]"), "{}", called.stderr);
    assert!(!called.stderr.contains("hunter2"), "{}", called.stderr);
    let kept =
        workspace.run(&["journal"]).stdout + &workspace.run(&["ext", "logs", "fetch"]).stdout;
    assert!(kept.contains("[secret]") && !kept.contains("hunter2"), "{kept}");
}

#[test]
fn a_secret_in_the_details_of_a_failure_is_taken_out_however_it_is_escaped() {
    let workspace = Workspace::new();
    workspace.drop_in(
        "tells.lua",
        "-- /// ctx\n-- [requests]\n-- secrets = [\"token\"]\n-- ///\n\
         tool = { name = \"tells\", description = \"Tells\", parameters = {} }\n\
         function tool.execute()\n  local secret = secrets.get(\"token\")\n  \
           ctx.fail(\"unavailable\", \"it failed\", { details = { [secret] = { secret } } })\nend\n",
    );
    let mut set =
        workspace.command(&["secret", "set", "token"]).stdin(Stdio::piped()).spawn().unwrap();
    set.stdin.take().unwrap().write_all("quote\"back\\slash/ü\n".as_bytes()).unwrap();
    assert!(set.wait().unwrap().success());
    assert_eq!(workspace.run(&["grant", "tells", "secrets", "token"]).code, 0);
    let called = workspace.run(&["call", "tells", "--json"]);
    let all = called.stdout + &called.stderr;
    assert!(all.contains("[secret]"), "{all}");
    assert!(!all.contains("slash") && !all.contains("quote"), "{all}");
}
