//! Places, lists and what an object becomes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::*;

fn scan(settings: &str) -> BucketScan {
    let settings: Settings = serde_json::from_str(settings).unwrap();
    BucketScan {
        bucket: place::bucket(&settings.bucket, &settings.region, None, None).unwrap(),
        credentials: None,
        next: None,
        prefix: settings.prefix,
        include: (!settings.include.is_empty()).then(|| globs(&settings.include).unwrap()),
        exclude: globs(&settings.exclude).unwrap(),
        max_bytes: 10,
        withheld: Withheld::default(),
    }
}

#[test]
fn a_bucket_is_at_amazons_or_below_its_endpoint() {
    let at = |endpoint, style| {
        place::bucket("b", "eu-west-1", endpoint, style).unwrap().base_url().to_string()
    };
    assert_eq!(at(None, None), "https://b.s3.eu-west-1.amazonaws.com/");
    assert_eq!(at(None, Some(true)), "https://s3.eu-west-1.amazonaws.com/b/");
    assert_eq!(at(Some("http://127.0.0.1:9000"), None), "http://127.0.0.1:9000/b/");
    assert_eq!(at(Some("minio.example.com"), Some(false)), "https://b.minio.example.com/");
    assert!(place::bucket("b", "r", Some("ftp://x"), None).is_err());
}

#[test]
fn a_list_is_read_and_garbage_is_an_error() {
    let list = r#"<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>
        <EncodingType>url</EncodingType>
        <Contents><Key>docs/a%20b.md</Key><LastModified>2025-01-15T10:00:00.000Z</LastModified>
        <ETag>&quot;abc&quot;</ETag><Size>3</Size></Contents></ListBucketResult>"#;
    let list = parse(list.as_bytes()).unwrap();
    assert_eq!(list.next_continuation_token.as_deref(), Some("t"));
    let object = &list.contents[0];
    let listed = Listed {
        key: object.key.clone(),
        tag: object.etag.clone().unwrap(),
        size: object.size.unwrap(),
        modified: object.last_modified.as_deref().and_then(timestamp),
    };
    let Some(Change::Upsert(document)) = scan(r#"{"bucket":"b","prefix":"docs/"}"#).change(listed)
    else {
        panic!("no document")
    };
    assert_eq!((document.id.as_str(), document.version.as_str()), ("docs/a b.md", "abc"));
    assert_eq!(document.modified, Some(1_736_935_200));
    assert_eq!(document.uri.as_deref(), Some("s3://b/docs/a%20b.md"));
    assert!(parse(b"<html>").is_err() && parse(b"").is_err());
}

#[test]
fn globs_stand_after_the_prefix_and_large_objects_are_skipped() {
    let mut scan = scan(r#"{"bucket":"b","prefix":"p/","include":["*.md"],"exclude":["x/**"]}"#);
    let mut change = |key: &str, size| {
        scan.change(Listed { key: key.to_owned(), tag: "e".to_owned(), size, modified: None })
    };
    assert!(matches!(change("p/a.md", 1), Some(Change::Upsert(_))));
    assert!(matches!(change("p/b.md", 11), Some(Change::Upsert(_))));
    assert!(change("p/a.txt", 1).is_none() && change("p/x/a.md", 1).is_none());
    assert!(change("p/folder.md/", 0).is_none());
    assert!(scan.withheld.check("p/b.md").is_err() && scan.withheld.check("p/a.md").is_ok());
}

#[test]
fn an_error_says_what_the_store_said() {
    let body = b"<Error><Code>AccessDenied</Code><Message>No.</Message></Error>";
    assert_eq!(place::explanation(body), ", AccessDenied: No.");
    assert_eq!(place::explanation(b"garbage"), "");
}
