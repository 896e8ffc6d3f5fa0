//! A bucket on loopback: a few lines that answer as a store does.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::workspace::Workspace;

/// A store with one bucket, until the test ends.
struct Bucket {
    address: String,
    /// The targets that were asked for.
    asked: Arc<Mutex<Vec<String>>>,
}

/// Key, `ETag` and text.
type Object = (&'static str, &'static str, &'static str);

fn bucket(objects: &'static [Object]) -> Bucket {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), objects, &seen);
        }
    });
    Bucket { address, asked }
}

fn answer(mut stream: TcpStream, objects: &[Object], asked: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else { return };
    // The head ends with an empty line.
    for line in lines {
        if line.unwrap().is_empty() {
            break;
        }
    }
    let target = first.split(' ').nth(1).unwrap().to_owned();
    asked.lock().unwrap().push(target.clone());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let (status, body) = if !query.contains("X-Amz-Signature=") {
        (
            "403 Forbidden",
            "<Error><Code>AccessDenied</Code><Message>No.</Message></Error>".to_owned(),
        )
    } else if query.contains("list-type=2") {
        ("200 OK", list(objects, query))
    } else {
        let key = path.strip_prefix("/shelf/").unwrap_or_default().replace("%20", " ");
        match objects.iter().find(|(name, _, _)| *name == key) {
            Some((_, _, text)) => ("200 OK", (*text).to_owned()),
            None => ("404 Not Found", "<Error><Code>NoSuchKey</Code></Error>".to_owned()),
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
}

/// Lists one object a page, so that there are several pages.
fn list(objects: &[Object], query: &str) -> String {
    let at = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("continuation-token="))
        .map_or(0, |token| token.parse::<usize>().unwrap());
    let (key, tag, text) = objects[at];
    let more = if at + 1 < objects.len() {
        format!("<NextContinuationToken>{}</NextContinuationToken>", at + 1)
    } else {
        String::new()
    };
    format!(
        "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>{}\
         </IsTruncated>{more}<EncodingType>url</EncodingType><Contents><Key>{}</Key><LastModified>\
         2025-01-15T10:00:00.000Z</LastModified><ETag>&quot;{tag}&quot;</ETag><Size>{}</Size>\
         </Contents></ListBucketResult>",
        !more.is_empty(),
        key.replace(' ', "%20"),
        text.len()
    )
}

const OBJECTS: &[Object] = &[
    ("docs/a b.md", "1", "A zebra in a bucket"),
    ("docs/image.png", "2", "not text"),
    ("docs/page.html", "3", "<h1>Top</h1><p>Another zebra"),
    ("docs/z.txt", "4", "left out"),
];

#[test]
fn a_bucket_is_listed_page_by_page_and_each_request_is_signed() {
    let store = bucket(OBJECTS);
    let workspace = Workspace::new();
    let host = store.address.strip_prefix("http://").unwrap();
    workspace.config(&format!(
        "[sources.shelf]\nextension = \"s3\"\nbucket = \"shelf\"\nprefix = \"docs/\"\n\
         endpoint = \"{}\"\nexclude = [\"*.txt\"]\n\
         [extension.s3]\nallow = {{ http = [\"http://{host}\"], env = [\"AWS_ACCESS_KEY_ID\", \
         \"AWS_SECRET_ACCESS_KEY\", \"AWS_SESSION_TOKEN\"] }}\n",
        store.address
    ));
    let run = |arguments: &[&str]| {
        let mut command = workspace.command(arguments);
        command
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_SESSION_TOKEN", "a token");
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, _, stderr) = run(&["sync", "shelf"]);
    assert_eq!(code, Some(0), "{stderr}");
    let first: Vec<String> = std::mem::take(&mut *store.asked.lock().unwrap());
    // Four pages, and the two objects that are wanted and can be text.
    assert_eq!(first.len(), 6, "{first:?}");
    for target in &first {
        assert!(target.starts_with("/shelf/"), "{target}");
        assert!(target.contains("X-Amz-Algorithm=AWS4-HMAC-SHA256"), "{target}");
        assert!(target.contains("X-Amz-Credential=AKIDEXAMPLE%2F"), "{target}");
        assert!(target.contains("%2Fus-east-1%2Fs3%2Faws4_request"), "{target}");
        assert!(target.contains("X-Amz-Security-Token=a%20token"), "{target}");
        let (_, signature) = target.split_once("X-Amz-Signature=").unwrap();
        let signature = signature.split('&').next().unwrap();
        assert!(signature.len() == 64 && signature.bytes().all(|b| b.is_ascii_hexdigit()));
        assert!(!target.contains("secret"), "{target}");
    }
    let (_, found, _) = run(&["search", "zebra"]);
    assert!(found.contains("a b.md") && found.contains("page.html"), "{found}");
    // What did not change is listed and not fetched.
    assert_eq!(run(&["sync", "shelf"]).0, Some(0));
    assert_eq!(store.asked.lock().unwrap().len(), 4);
}

#[test]
fn s9_a_bucket_on_a_host_that_is_not_granted_is_not_asked() {
    let store = bucket(OBJECTS);
    let workspace = Workspace::new();
    workspace.config(&format!(
        "[sources.shelf]\nextension = \"s3\"\nbucket = \"shelf\"\nendpoint = \"{}\"\n\
         [extension.s3]\nallow = {{ env = [\"AWS_ACCESS_KEY_ID\", \"AWS_SECRET_ACCESS_KEY\", \
         \"AWS_SESSION_TOKEN\"] }}\n",
        store.address
    ));
    let ran = workspace.run(&["sync", "shelf"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("127.0.0.1"), "{}", ran.stderr);
    assert!(store.asked.lock().unwrap().is_empty());
}
