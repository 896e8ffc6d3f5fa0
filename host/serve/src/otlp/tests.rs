#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Collector, Exporter, Span};

/// Returns what an environment means.
fn meant(variables: &[(&str, &str)]) -> Result<Option<Collector>, String> {
    let all: HashMap<&str, &str> = variables.iter().copied().collect();
    Collector::from_environment(|name| all.get(name).map(|value| (*value).to_owned()))
}

/// Listens on this machine, and gives the head and the body of each request.
fn collector(status: &'static str) -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut read, mut piece) = (Vec::new(), [0; 4096]);
            let (head, body) = loop {
                let count = stream.read(&mut piece).unwrap();
                read.extend_from_slice(&piece[..count]);
                let text = String::from_utf8_lossy(&read);
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length = head.lines().find_map(|line| {
                    let line = line.to_ascii_lowercase();
                    line.strip_prefix("content-length: ").map(str::parse::<usize>)
                });
                if length.unwrap().unwrap() == body.len() {
                    break (head.to_owned(), body.to_owned());
                }
            };
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}");
            stream.write_all(answer.as_bytes()).unwrap();
            if tell.send((head, serde_json::from_str(&body).unwrap())).is_err() {
                return;
            }
        }
    });
    (url, told)
}

fn span(trace: &str) -> Span {
    Span {
        name: "extension.hook",
        trace: trace.to_owned(),
        begun: SystemTime::UNIX_EPOCH + Duration::from_secs(1),
        took: Duration::from_millis(5),
        attributes: vec![("extension", "tags".to_owned()), ("outcome", "timeout".to_owned())],
        failed: true,
    }
}

#[tokio::test]
async fn a_collector_receives_spans_of_the_trace_that_they_are_of() {
    let (url, told) = collector("200 OK");
    let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b");
    let place = ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str());
    let exporter = Exporter::start(meant(&[place, headers]).unwrap().unwrap());
    let trace = "0af7651916cd43dd8448eb211c80319c";
    exporter.record(span(&format!("00-{trace}-b7ad6b7169203331-01")));
    exporter.record(span(""));
    exporter.flush().await;
    let (head, body) = told.recv().unwrap();
    assert!(head.starts_with("POST /v1/traces ") && head.contains("x-key: a b"), "{head}");
    let resource = &body["resourceSpans"][0]["resource"]["attributes"][0];
    assert_eq!(*resource, json!({"key": "service.name", "value": {"stringValue": "ctx"}}));
    let spans = &body["resourceSpans"][0]["scopeSpans"][0]["spans"];
    let first = &spans[0];
    assert_eq!(first["name"], "extension.hook");
    assert_eq!(
        (&first["traceId"], &first["parentSpanId"]),
        (&json!(trace), &json!("b7ad6b7169203331"))
    );
    assert_eq!(first["startTimeUnixNano"], "1000000000");
    assert_eq!(first["endTimeUnixNano"], "1005000000");
    assert_eq!(first["status"], json!({"code": 2}));
    let said = json!({"key": "extension", "value": {"stringValue": "tags"}});
    assert_eq!(first["attributes"][0], said);
    let other = &spans[1];
    assert_eq!(other["traceId"].as_str().map(str::len), Some(32));
    assert!(other.get("parentSpanId").is_none() && other["spanId"] != first["spanId"]);
}

#[tokio::test]
async fn a_collector_that_refuses_or_is_gone_holds_nothing_up() {
    let (url, told) = collector("503 Service Unavailable");
    let exporter =
        Exporter::start(meant(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)]).unwrap().unwrap());
    exporter.record(span(""));
    exporter.flush().await;
    told.recv().unwrap();
    // More than may wait, for one who never takes any.
    let nobody = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:1/spans");
    let exporter = Exporter::start(meant(&[nobody]).unwrap().unwrap());
    for _ in 0..=super::WAITING {
        exporter.record(span(""));
    }
    assert!(exporter.lost.load(std::sync::atomic::Ordering::Relaxed) >= 1);
    exporter.flush().await;
}

#[test]
fn the_environment_says_whether_and_where_spans_go() {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://otel.example/base/");
    assert_eq!(meant(&[]), Ok(None));
    assert_eq!(meant(&[endpoint, ("OTEL_SDK_DISABLED", "true")]), Ok(None));
    assert_eq!(meant(&[endpoint, ("OTEL_TRACES_EXPORTER", "none")]), Ok(None));
    let one = meant(&[endpoint, ("OTEL_SERVICE_NAME", "mine")]).unwrap().unwrap();
    assert_eq!(one.url, "https://otel.example/base/v1/traces");
    assert_eq!(one.resource[0], ("service.name".to_owned(), "mine".to_owned()));
    let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://other:1/as/it/is");
    assert_eq!(meant(&[endpoint, own]).unwrap().unwrap().url, own.1);
    assert!(meant(&[endpoint, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]).is_err());
    assert!(meant(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318")]).is_err());
}
