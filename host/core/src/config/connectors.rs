//! `[connectors.filesystem.NAME]`, `[connectors.git.NAME]` and
//! `[connectors.s3.NAME]` of Context Harness, in the words of the connectors
//! that come with us.

use toml::{Table, Value};

use super::{Allow, SourceConfig};
use crate::near::near;

/// A type of connector, and what its keys are called here.
struct Form {
    name: &'static str,
    /// The bundled extension that reads it.
    extension: &'static str,
    keys: &'static [Key],
    /// Keys of ours, which are passed on as they are.
    ours: &'static [&'static str],
}

struct Key {
    theirs: &'static str,
    ours: &'static str,
    shape: Shape,
    is_required: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Texts,
    Flag,
    Size,
}

const fn key(theirs: &'static str, ours: &'static str, shape: Shape) -> Key {
    Key { theirs, ours, shape, is_required: false }
}

const fn required(name: &'static str) -> Key {
    Key { theirs: name, ours: name, shape: Shape::Text, is_required: true }
}

const INCLUDE: Key = key("include_globs", "include", Shape::Texts);
const EXCLUDE: Key = key("exclude_globs", "exclude", Shape::Texts);

static FORMS: [Form; 3] = [
    Form {
        name: "filesystem",
        extension: "files",
        keys: &[
            required("root"),
            INCLUDE,
            EXCLUDE,
            key("follow_symlinks", "follow_links", Shape::Flag),
            key("max_extract_bytes", "max_bytes", Shape::Size),
        ],
        ours: &["ignore_files"],
    },
    Form {
        name: "git",
        extension: "git",
        keys: &[
            required("url"),
            key("branch", "branch", Shape::Text),
            key("root", "root", Shape::Text),
            INCLUDE,
            EXCLUDE,
            key("shallow", "shallow", Shape::Flag),
            key("cache_dir", "cache_dir", Shape::Text),
            key("max_extract_bytes", "max_bytes", Shape::Size),
        ],
        ours: &[],
    },
    Form {
        name: "s3",
        extension: "s3",
        keys: &[
            required("bucket"),
            key("prefix", "prefix", Shape::Text),
            key("region", "region", Shape::Text),
            INCLUDE,
            EXCLUDE,
            key("endpoint_url", "endpoint", Shape::Text),
            key("max_extract_bytes", "max_bytes", Shape::Size),
        ],
        ours: &["path_style"],
    },
];

/// What Context Harness reads of a folder, unless the config says.
const INCLUDED: [&str; 2] = ["**/*.md", "**/*.txt"];

/// What it never reads.
const NEVER: [&str; 3] = ["**/.git/**", "**/target/**", "**/node_modules/**"];

/// Bytes of a file that it reads at most.
const LARGEST: i64 = 50_000_000;

/// Variables that hold the credentials of S3.
const CREDENTIALS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// A source as we would write it, and what its entry grants.
pub(super) struct Translated {
    pub(super) source: SourceConfig,
    pub(super) allow: Allow,
    pub(super) warnings: Vec<String>,
}

/// Names the types that there are.
pub(super) fn forms() -> impl Iterator<Item = &'static str> {
    FORMS.iter().map(|form| form.name).chain(["script"])
}

/// Translates an entry of a type; nothing if there is no such type. One that
/// makes no sense is a source that says so.
pub(super) fn translate(form: &str, name: &str, value: &Value) -> Option<Translated> {
    let form = FORMS.iter().find(|one| one.name == form)?;
    let mut translated = Translated {
        source: SourceConfig {
            extension: form.extension.to_owned(),
            settings: Table::new(),
            data_classes: Vec::new(),
            broken: None,
        },
        allow: Allow::default(),
        warnings: Vec::new(),
    };
    let section = format!("connectors.{}.{name}", form.name);
    let Some(written) = value.as_table() else {
        translated.source.broken = Some(format!("`[{section}]` must be a table"));
        return Some(translated);
    };
    match settings(form, written) {
        Ok(settings) => translated.source.settings = settings,
        Err(why) => translated.source.broken = Some(why),
    }
    let known: Vec<&str> =
        form.keys.iter().map(|key| key.theirs).chain(form.ours.iter().copied()).collect();
    for unknown in written.keys().filter(|key| !known.contains(&key.as_str())) {
        let near = near(unknown, known.iter().copied());
        let hint = near.first().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        translated.warnings.push(format!("nobody reads `{unknown}` in `[{section}]`{hint}"));
    }
    if form.name == "s3" && translated.source.broken.is_none() {
        translated.allow = s3(&translated.source.settings);
    }
    Some(translated)
}

fn settings(form: &Form, written: &Table) -> Result<Table, String> {
    let mut settings = Table::new();
    for Key { theirs, ours, shape, is_required } in form.keys {
        match written.get(*theirs) {
            None if *is_required => return Err(format!("`{theirs}` is required")),
            None => {}
            Some(value) => {
                fits(value, *shape).map_err(|wanted| format!("`{theirs}` must be {wanted}"))?;
                settings.insert((*ours).to_owned(), value.clone());
            }
        }
    }
    for ours in form.ours {
        settings.extend(written.get(*ours).map(|value| ((*ours).to_owned(), value.clone())));
    }
    if form.name == "s3" {
        // Both become a part of a host that is granted.
        for key in ["bucket", "region"] {
            let name = settings.get(key).and_then(Value::as_str);
            if !name.is_none_or(is_plain) {
                return Err(format!("`{key}` must be of letters, digits, `.`, `-` and `_`"));
            }
        }
    }
    if form.name == "filesystem" {
        let texts = |all: &[&str]| all.iter().map(|one| Value::String((*one).to_owned())).collect();
        settings.entry("include").or_insert_with(|| Value::Array(texts(&INCLUDED)));
        let exclude = settings.entry("exclude").or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(all) = exclude {
            all.extend::<Vec<Value>>(texts(&NEVER));
        }
        // Nothing there is told what git leaves out.
        settings.entry("ignore_files").or_insert(Value::Boolean(false));
        settings.entry("max_bytes").or_insert(Value::Integer(LARGEST));
    }
    Ok(settings)
}

fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !name.is_empty() && name.len() <= 100 && name.bytes().all(plain)
}

fn fits(value: &Value, shape: Shape) -> Result<(), &'static str> {
    let is_texts =
        |value: &Value| value.as_array().is_some_and(|all| all.iter().all(Value::is_str));
    match shape {
        Shape::Text if value.is_str() => Ok(()),
        Shape::Texts if is_texts(value) => Ok(()),
        Shape::Flag if value.is_bool() => Ok(()),
        Shape::Size if value.as_integer().is_some_and(|size| size > 0) => Ok(()),
        Shape::Text => Err("a string"),
        Shape::Texts => Err("a list of strings"),
        Shape::Flag => Err("true or false"),
        Shape::Size => Err("a number of bytes"),
    }
}

/// Grants the hosts of a bucket, and the variables with its credentials.
fn s3(settings: &Table) -> Allow {
    let text = |key: &str| settings.get(key).and_then(Value::as_str);
    let bucket = text("bucket").unwrap_or_default();
    let region = text("region").unwrap_or("us-east-1");
    let http = match text("endpoint") {
        None => {
            [format!("{bucket}.s3.{region}.amazonaws.com"), format!("s3.{region}.amazonaws.com")]
                .map(|host| format!("https://{host}"))
                .to_vec()
        }
        Some(endpoint) => {
            let endpoint = if endpoint.contains("://") {
                endpoint.to_owned()
            } else {
                format!("https://{endpoint}")
            };
            let below = endpoint.replacen("://", &format!("://{bucket}."), 1);
            [endpoint, below].iter().filter_map(|url| super::script::origin(url)).collect()
        }
    };
    Allow { http, env: CREDENTIALS.map(str::to_owned).to_vec(), ..Allow::default() }
}

#[cfg(test)]
mod tests;
