//! Where a bucket is, and how its store says what is wrong.

use ctx_sdk::{Error, Result, http::encode};
use rusty_s3::{Bucket, UrlStyle};

/// Finds the bucket: below an endpoint, or at Amazon's.
pub(crate) fn bucket(
    name: &str,
    region: &str,
    endpoint: Option<&str>,
    path_style: Option<bool>,
) -> Result<Bucket> {
    let wrong = |why: String| Error::invalid_input(why);
    let amazon = || format!("https://s3.{region}.amazonaws.com");
    let address = endpoint.map_or_else(amazon, |written| {
        if written.contains("://") { written.to_owned() } else { format!("https://{written}") }
    });
    let url = address
        .parse()
        .map_err(|error| wrong(format!("`endpoint` = `{address}` is no address: {error}")))?;
    let in_path = path_style.unwrap_or(endpoint.is_some());
    let style = if in_path { UrlStyle::Path } else { UrlStyle::VirtualHost };
    Bucket::new(url, style, name.to_owned(), region.to_owned())
        .map_err(|error| wrong(format!("the bucket `{name}` cannot be at `{address}`: {error}")))
}

/// Returns the address of an object, for people.
pub(crate) fn uri(bucket: &str, key: &str) -> String {
    let key: Vec<String> = key.split('/').map(encode).collect();
    format!("s3://{bucket}/{}", key.join("/"))
}

/// Returns what an error's body says, in words that follow a status.
pub(crate) fn explanation(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        let (value, _) = rest.split_once(&format!("</{name}>"))?;
        Some(value.chars().take(300).collect::<String>())
    };
    match (element("Code"), element("Message")) {
        (Some(code), Some(message)) => format!(", {code}: {message}"),
        (Some(code), None) => format!(", {code}"),
        _ => String::new(),
    }
}
