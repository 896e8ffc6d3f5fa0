#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use toml::Value;

use super::{Translated, translate};

fn read(form: &str, text: &str) -> Translated {
    translate(form, "x", &Value::Table(text.parse().unwrap())).unwrap()
}

#[track_caller]
fn check(form: &str, text: &str, wanted: &str) {
    let translated = read(form, text);
    assert_eq!(translated.source.broken, None, "{text}");
    assert_eq!(translated.source.settings, wanted.parse().unwrap(), "{text}");
}

#[test]
fn a_folder_has_their_defaults() {
    check(
        "filesystem",
        "root = './docs'",
        "root = './docs'\ninclude = ['**/*.md', '**/*.txt']\nignore_files = false\n\
         exclude = ['**/.git/**', '**/target/**', '**/node_modules/**']\nmax_bytes = 50000000",
    );
    check(
        "filesystem",
        "root = '.'\ninclude_globs = []\nexclude_globs = ['x']\nfollow_symlinks = true\n\
         max_extract_bytes = 7\nignore_files = true",
        "root = '.'\ninclude = []\nignore_files = true\nfollow_links = true\nmax_bytes = 7\n\
         exclude = ['x', '**/.git/**', '**/target/**', '**/node_modules/**']",
    );
}

#[test]
fn a_repository_and_a_bucket_keep_what_is_written() {
    check(
        "git",
        "url = 'https://x/y.git'\nbranch = 'main'\nroot = 'docs'\ninclude_globs = ['*.md']",
        "url = 'https://x/y.git'\nbranch = 'main'\nroot = 'docs'\ninclude = ['*.md']",
    );
    check(
        "s3",
        "bucket = 'b'\nprefix = ''\nendpoint_url = 'http://127.0.0.1:9000'",
        "bucket = 'b'\nprefix = ''\nendpoint = 'http://127.0.0.1:9000'",
    );
}

#[test]
fn a_bucket_is_granted_its_hosts_and_credentials() {
    let allow = |text: &str| read("s3", text).allow;
    let amazon = allow("bucket = 'b'\nregion = 'eu-west-1'");
    let hosts = ["https://b.s3.eu-west-1.amazonaws.com", "https://s3.eu-west-1.amazonaws.com"];
    assert_eq!(amazon.http, hosts);
    assert_eq!(amazon.env.len(), 3);
    let own = allow("bucket = 'b'\nendpoint_url = 'http://minio.local:9000/x'");
    assert_eq!(own.http, ["http://minio.local:9000", "http://b.minio.local:9000"]);
}

#[test]
fn an_entry_that_makes_no_sense_is_a_source_that_says_so() {
    let broken = |form, text| read(form, text).source.broken.unwrap();
    assert!(broken("filesystem", "include_globs = ['x']").contains("`root` is required"));
    assert!(broken("git", "url = 5").contains("`url` must be a string"));
    assert!(broken("s3", "bucket = 'b'\ninclude_globs = 'x'").contains("a list of strings"));
}

#[test]
fn an_unknown_key_is_a_warning_with_a_guess() {
    let warnings = read("filesystem", "root = '.'\ninclude_glob = ['x']").warnings;
    assert!(warnings[0].contains("did you mean `include_globs`"), "{warnings:?}");
}
