//! The S3 connector: gives the objects of a bucket on any store that speaks
//! S3. They are listed page by page; an object's version is its `ETag`, so
//! that one which did not change is not fetched.

mod place;

use ctx_sdk::{
    Change, Connector, Content, Document, Error, OpenError, Page, Result, Scan, Schema, SourceInfo,
    Withheld, env, http, media_type, timestamp,
};
use globset::{Glob, GlobSet, GlobSetBuilder};
use rusty_s3::actions::{ListObjectsV2, ListObjectsV2Response};
use rusty_s3::{Bucket, Credentials, S3Action as _};
use serde::Deserialize;
use std::time::Duration;

/// How long a signed address holds: the time of one request, and some for a
/// clock that is off.
const SIGNED: Duration = Duration::from_mins(15);

/// Objects that a page lists at most, as the protocol has it.
const PAGE: usize = 1000;

/// Larger objects are never fetched: the host bounds the body of an answer.
const READABLE: u64 = 16 << 20;

struct S3;

/// What the operator sets.
#[derive(Deserialize)]
struct Settings {
    bucket: String,
    #[serde(default)]
    prefix: String,
    #[serde(default = "region")]
    region: String,
    #[serde(default)]
    endpoint: Option<String>,
    #[serde(default)]
    path_style: Option<bool>,
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
    #[serde(default = "max_bytes")]
    max_bytes: u64,
}

fn region() -> String {
    "us-east-1".to_owned()
}

fn max_bytes() -> u64 {
    READABLE
}

impl Connector for S3 {
    type Settings = Settings;
    type Scan = BucketScan;

    fn describe() -> SourceInfo {
        let globs = || Schema::array(Schema::string());
        SourceInfo::new("Objects of an S3 bucket").complete().settings(
            Schema::object()
                .closed()
                .required("bucket", Schema::string().describe("The name of the bucket"))
                .optional("prefix", Schema::string().describe("What the keys to read begin with"))
                .optional("region", Schema::string().describe("Where the bucket is").default(region()))
                .optional(
                    "endpoint",
                    Schema::string().describe("The address of a store other than Amazon's; http only where it is granted"),
                )
                .optional(
                    "path_style",
                    Schema::boolean().describe("Whether the bucket stands in the path; by default if there is an `endpoint`"),
                )
                .optional("include", globs().describe("Globs of keys to give, after the prefix; empty means all"))
                .optional("exclude", globs().describe("Globs of keys to leave out, stronger than `include`"))
                .optional(
                    "max_bytes",
                    Schema::integer().describe("Larger objects are skipped").default(max_bytes()),
                ),
        )
    }

    fn open(settings: Settings, since: Option<String>) -> Result<BucketScan, OpenError> {
        let bucket = place::bucket(
            &settings.bucket,
            &settings.region,
            settings.endpoint.as_deref(),
            settings.path_style,
        )?;
        Ok(BucketScan {
            bucket,
            credentials: credentials()?,
            next: Some(since.map_or(From::Start, From::After)),
            prefix: settings.prefix,
            include: (!settings.include.is_empty())
                .then(|| globs(&settings.include))
                .transpose()?,
            exclude: globs(&settings.exclude)?,
            max_bytes: settings.max_bytes.min(READABLE),
            withheld: Withheld::default(),
        })
    }
}

/// Reads the keys. Without any, what the bucket shows to all is read.
fn credentials() -> Result<Option<Credentials>> {
    let set = |name: &str| Ok::<_, Error>(env::get(name)?.filter(|value| !value.is_empty()));
    let (key, secret) = (set("AWS_ACCESS_KEY_ID")?, set("AWS_SECRET_ACCESS_KEY")?);
    let token = set("AWS_SESSION_TOKEN")?;
    match (key, secret) {
        (Some(key), Some(secret)) => Ok(Some(match token {
            Some(token) => Credentials::new_with_token(key, secret, token),
            None => Credentials::new(key, secret),
        })),
        (None, None) => Ok(None),
        _ => Err(Error::invalid_input(
            "only one of `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` is set",
        )),
    }
}

fn globs(patterns: &[String]) -> Result<GlobSet> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = Glob::new(pattern)
            .map_err(|error| Error::invalid_input(format!("`{pattern}` is no glob: {error}")))?;
        builder.add(glob);
    }
    Ok(builder.build()?)
}

/// Where the next page begins.
enum From {
    Start,
    /// After a key: where an earlier walk was cut short.
    After(String),
    /// Where the store said.
    Token(String),
}

struct BucketScan {
    bucket: Bucket,
    credentials: Option<Credentials>,
    next: Option<From>,
    prefix: String,
    include: Option<GlobSet>,
    exclude: GlobSet,
    max_bytes: u64,
    withheld: Withheld,
}

impl Scan for BucketScan {
    fn next(&mut self, limit: usize) -> Result<Option<Page>> {
        let Some(from) = self.next.take() else { return Ok(None) };
        let mut action = self.bucket.list_objects_v2(self.credentials.as_ref());
        action.with_max_keys(limit.clamp(1, PAGE));
        if !self.prefix.is_empty() {
            action.with_prefix(self.prefix.as_str());
        }
        match &from {
            From::Start => {}
            From::After(key) => action.with_start_after(key.as_str()),
            From::Token(token) => action.with_continuation_token(token.as_str()),
        }
        let body = self.fetch(action.sign(SIGNED).as_str(), "its list")?;
        let answer = parse(&body)?;
        self.next = answer.next_continuation_token.map(From::Token);
        let checkpoint = answer.contents.last().map(|object| object.key.clone());
        let objects = answer.contents.into_iter().map(|object| Listed {
            key: object.key,
            tag: object.etag.unwrap_or_default(),
            size: object.size.unwrap_or_default(),
            modified: object.last_modified.as_deref().and_then(timestamp),
        });
        self.withheld.turn();
        let page = Page::new(objects.filter_map(|object| self.change(object)).collect());
        Ok(Some(match checkpoint {
            Some(key) => page.checkpoint(key),
            None => page,
        }))
    }

    fn read(&mut self, id: &str) -> Result<Content> {
        self.withheld.check(id)?;
        let action = self.bucket.get_object(self.credentials.as_ref(), id);
        self.fetch(action.sign(SIGNED).as_str(), id).map(Content::Bytes)
    }
}

/// An object, as the store lists it.
struct Listed {
    key: String,
    tag: String,
    size: u64,
    modified: Option<i64>,
}

fn parse(body: &[u8]) -> Result<ListObjectsV2Response> {
    ListObjectsV2::parse_response(&String::from_utf8_lossy(body)).map_err(|error| {
        Error::internal(format!("the bucket answered with a list that cannot be read: {error}"))
    })
}

impl BucketScan {
    fn fetch(&self, url: &str, what: &str) -> Result<Vec<u8>> {
        let answer = http::get(url).send()?;
        if answer.is_ok() {
            return Ok(answer.body);
        }
        // A signed address is as good as a password: it stays out of words.
        let (status, name) = (answer.status, self.bucket.name());
        let said = place::explanation(&answer.body);
        let message = format!("{what} of the bucket `{name}` is answered with {status}{said}");
        Err(match status {
            404 => Error::not_found(message),
            408 | 429 | 500.. => Error::unavailable(message),
            _ => Error::internal(message),
        })
    }

    fn change(&mut self, object: Listed) -> Option<Change> {
        let Listed { key, tag, size, modified } = object;
        let within = key.strip_prefix(&self.prefix).unwrap_or(&key).trim_start_matches('/');
        let is_wanted = self.include.as_ref().is_none_or(|globs| globs.is_match(within));
        // A key that ends so stands for a folder.
        if key.ends_with('/') || !is_wanted || self.exclude.is_match(within) {
            return None;
        }
        if size > self.max_bytes {
            let reason = format!("{size} bytes, more than the limit of {}", self.max_bytes);
            return Some(self.withheld.withhold(&key, reason));
        }
        let media_type = match media_type(&key) {
            Ok(media_type) => media_type,
            Err(binary) => {
                return Some(self.withheld.withhold(&key, format!("{binary} is not text")));
            }
        };
        let document = Document {
            version: tag.trim_matches('"').to_owned(),
            title: key.rsplit('/').next().map(str::to_owned),
            uri: Some(place::uri(self.bucket.name(), &key)),
            modified,
            ..Document::new(key, media_type, Content::Deferred)
        };
        let document = document.with_metadata("bucket", self.bucket.name());
        Some(document.with_metadata("size", size).into())
    }
}

ctx_sdk::export!(connector: S3);

#[cfg(test)]
mod tests;
