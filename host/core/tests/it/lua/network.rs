//! `http`, against a server on loopback that says what it was asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use ctx_model::CallError;

use super::Scripted;

/// Serves until the test ends, one connection after the other.
fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            drop(client.map(answer));
        }
    });
    address
}

fn answer(mut client: TcpStream) {
    let mut reader = BufReader::new(client.try_clone().unwrap());
    let mut head = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) < 3 {
            break;
        }
        let line = line.trim_end().to_owned();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        head.push(line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let path = head[0].split(' ').nth(1).unwrap_or_default().to_owned();
    let (status, said) = match path.as_str() {
        "/missing" => ("404 Not Found", "{\"why\": \"gone\"}".to_owned()),
        "/text" => ("200 OK", "no json".to_owned()),
        "/null" => ("200 OK", "null".to_owned()),
        "/scalar" => ("200 OK", "5".to_owned()),
        packed if packed.starts_with("/packed/") => return answer_packed(client, &head, packed),
        _ => {
            head.sort();
            let body = String::from_utf8_lossy(&body).into_owned();
            ("200 OK", serde_json::json!({ "head": head.join("|"), "body": body }).to_string())
        }
    };
    let length = said.len();
    let reply = format!(
        "HTTP/1.1 {status}\r\nX-Kind: Test\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{said}"
    );
    drop(client.write_all(reply.as_bytes()));
    // What is unread at the end would cut the answer off.
    drop(client.shutdown(std::net::Shutdown::Write));
    drop(reader.read_to_end(&mut Vec::new()));
}

/// Answers packed, asked for or not, as some services do.
fn answer_packed(mut client: TcpStream, head: &[String], path: &str) {
    let accepts = head.iter().find(|line| line.to_lowercase().starts_with("accept-encoding:"));
    let said = match path {
        // More than the 16 MiB that an answer may have.
        "/packed/bomb" => vec![b'0'; 17 << 20],
        _ => accepts.cloned().unwrap_or_default().into_bytes(),
    };
    let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packing.write_all(&said).unwrap();
    let mut body = packing.finish().unwrap();
    if path == "/packed/cut" {
        body.truncate(body.len() / 2);
    }
    let length = body.len();
    let reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n"
    );
    drop(client.write_all(&[reply.into_bytes(), body].concat()));
    drop(client.shutdown(std::net::Shutdown::Write));
}

/// Claims about a server that may be reached: `URL` stands for its address.
async fn check(claims: &[(&str, &str)]) {
    let url = format!("http://{}", serve());
    let scripted = Scripted::new();
    scripted.workspace.config(&format!("[extension.runs]\nallow = {{ http = [\"{url}\"] }}\n"));
    scripted.workspace.open().trust().unwrap();
    let host = scripted.workspace.open();
    for (code, expected) in claims {
        let code = format!("local URL = '{url}' return {code}");
        let found = super::call(&host, "runs", &code).await;
        assert_eq!(found.as_deref().map_err(ToString::to_string), Ok(*expected), "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_has_the_fields_that_scripts_expect() {
    check(&[
        ("http.get(URL .. '/missing').status", "404"),
        ("tostring(http.get(URL .. '/missing').ok)", "false"),
        ("http.get(URL .. '/missing').json.why", "gone"),
        ("http.get(URL .. '/text').headers['x-kind']", "Test"),
        ("tostring(http.get(URL .. '/text').json)", "nil"),
        ("tostring(http.get(URL .. '/null').json)", "nil"),
        ("http.get(URL .. '/scalar').json", "5"),
        ("http.get(URL .. '/text').body .. tostring(http.get(URL .. '/text').ok)", "no jsontrue"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_carry_headers_params_and_bodies() {
    check(&[
        (
            "http.get(URL .. '/a', { params = { q = 'a b', n = 5 }, headers = { ['X-One'] = 1 } }).json.head:match('GET [^|]+')",
            "GET /a?n=5&q=a%20b HTTP/1.1",
        ),
        ("http.get(URL, { headers = { ['X-One'] = 1 } }).json.head:match('x%-one: 1')", "x-one: 1"),
        ("http.get(URL, { headers = 'none', timeout = '5' }).status", "200"),
        ("http.post(URL, 'sent').json.body", "sent"),
        ("http.post(URL, 5, {}).json.body", "5"),
        ("http.post(URL, json.encode({ a = 1 }), { headers = { ['Content-Type'] = 'application/json' } }).json.body", "{\"a\":1}"),
        ("http.put(URL, nil, { json = { a = json.array({}) } }).json.body", "{\"a\":[]}"),
        ("http.put(URL, { json = 1 }).json.head:match('application/json')", "application/json"),
        ("http.patch(URL, 'x').json.head:match('^.-(PATCH [^|]+)')", "PATCH / HTTP/1.1"),
        ("http.delete(URL).json.head:match('(DELETE [^|]+)')", "DELETE / HTTP/1.1"),
        ("http.request('options', URL).json.head:match('(OPTIONS [^|]+)')", "OPTIONS / HTTP/1.1"),
        ("http.head(URL).status .. '[' .. http.head(URL).body .. ']'", "200[]"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packed_answer_is_read_as_text_and_a_bomb_is_refused() {
    let failed = |path: &str| {
        format!(
            "(function() local ok, why = pcall(http.get, URL .. '/packed/{path}') \
             return tostring(ok) .. (why:match('exceeds limit') or \
             why:match('cut off') or why) end)()"
        )
    };
    check(&[
        ("http.get(URL .. '/packed/a').body", "accept-encoding: gzip"),
        ("tostring(http.get(URL .. '/packed/a').headers['content-encoding'])", "nil"),
        ("tostring(http.get(URL .. '/packed/a').headers['content-length'])", "nil"),
        // Who asks for a coding of its own gets what comes, as it is.
        (
            "http.get(URL .. '/packed/a', { headers = { ['Accept-Encoding'] = 'gzip' } })\
             .headers['content-encoding']",
            "gzip",
        ),
        (&failed("bomb"), "falseexceeds limit"),
        (&failed("cut"), "falsecut off"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_may_make_more_requests_than_a_guest_may_hold_resources() {
    let many = "(function() local n = 0 for _ = 1, 1100 do n = n + #http.get(URL .. '/text').body end return n end)()";
    check(&[(many, "7700")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_raises_a_string() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}/x");
    let scripted = Scripted::new();
    scripted
        .workspace
        .config(&format!("[extension.runs]\nallow = {{ http = [\"http://{free}\"] }}\n"));
    scripted.workspace.open().trust().unwrap();
    let host = scripted.workspace.open();
    let code = format!(
        "local ok, why = pcall(function() return http.get('{url}') end)\n\
         return tostring(ok) .. (why:match('^%[string \".-\"%]:%d+: (HTTP GET .+ failed: )') or why)"
    );
    let found = super::call(&host, "runs", &code).await.unwrap();
    assert_eq!(found, format!("falseHTTP GET {url} failed: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn s9_no_host_is_reached_that_nobody_granted() {
    let url = format!("http://{}", serve());
    let scripted = Scripted::new();
    let error = scripted.run(&format!("return tostring(pcall(http.get, '{url}'))")).await;
    assert!(matches!(error, Err(CallError::Refused(_))), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s10_no_variable_is_read_that_nobody_granted() {
    let error = Scripted::new().run("return tostring(pcall(env.get, 'HOME'))").await;
    assert!(matches!(error, Err(CallError::Refused(_))), "{error:?}");
}
