//! Every value of the config and where it came from, as it is written:
//! variables are not filled in. Only who asks, and what proves it, is left out of
//! URLs.

use std::collections::BTreeMap;

use ctx_model::without_user;
use toml::{Table, Value};

use super::ConfigFile;
use super::script::quoted;

/// One value, and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownValue {
    /// The path of its key: `chunking.max_tokens`.
    pub key: String,
    /// As TOML writes it.
    pub value: String,
    /// `default`, `user`, `workspace`, `environment` or `flag`: the last two
    /// name a file outright.
    pub origin: &'static str,
    /// The file that it stands in.
    pub file: Option<String>,
}

/// One config, as it is written.
pub(crate) struct Written {
    origin: &'static str,
    file: String,
    table: Table,
}

/// What holds where no config says otherwise.
const DEFAULTS: &str = r#"
[db]
path = ".ctx/data/ctx.sqlite"
[chunking]
max_tokens = 700
overlap_tokens = 0
[retrieval]
hybrid_alpha = 0.6
candidate_k_keyword = 80
candidate_k_vector = 80
final_limit = 12
[server]
bind = "127.0.0.1:7331"
[embedding]
provider = "disabled"
batch_size = 64
max_retries = 5
timeout_secs = 30
[extensions]
dirs = [".ctx/extensions"]
deny = []
unsafe = []
[limits]
queue = 1024
wait = "10s"
failures = 5
pause = "10s"
idle = "5m"
[mcp]
facade = false
answer_tokens = 25000
keep = "10m"
"#;

/// What holds in an entry where it does not say otherwise, by kind and type.
const IN_ENTRIES: [(&str, &str, &str); 6] = [
    (
        "connectors",
        "filesystem",
        "include_globs = [\"**/*.md\", \"**/*.txt\"]\nexclude_globs = []\n\
         follow_symlinks = false\nmax_extract_bytes = 50000000",
    ),
    ("connectors", "git", "root = \".\"\nshallow = true"),
    ("connectors", "s3", "prefix = \"\"\nregion = \"us-east-1\""),
    ("connectors", "script", "timeout = 300"),
    ("tools", "script", "timeout = 30"),
    ("agents", "script", "timeout = 30"),
];

impl Written {
    pub(crate) fn new(origin: &'static str, file: ConfigFile) -> Self {
        Self { origin, file: file.path.display().to_string(), table: file.table }
    }
}

/// Lists every value, by its key. Nearer configs come last.
pub(crate) fn shown(layers: &[Written]) -> Vec<ShownValue> {
    let mut all = BTreeMap::new();
    let mut put = |table: &Table, origin: &'static str, file: Option<&str>| {
        let mut found = Vec::new();
        flatten(table, "", &mut found);
        for (key, value) in found {
            // A table takes the place of a value, and the other way round.
            let below = format!("{key}.");
            all.retain(|had: &String, _| {
                !had.starts_with(&below) && !key.starts_with(&format!("{had}."))
            });
            let (value, file) = (without_users(value).to_string(), file.map(str::to_owned));
            all.insert(key.clone(), ShownValue { key, value, origin, file });
        }
    };
    if let Ok(defaults) = DEFAULTS.parse() {
        put(&defaults, "default", None);
    }
    for layer in layers {
        put(&in_entries(&layer.table), "default", None);
    }
    for layer in layers {
        put(&layer.table, layer.origin, Some(&layer.file));
    }
    all.into_values().collect()
}

/// Returns the defaults of the entries that a config has.
fn in_entries(config: &Table) -> Table {
    let mut defaults = Table::new();
    for (kind, form, text) in IN_ENTRIES {
        let named = config.get(kind).and_then(|kind| kind.get(form)).and_then(Value::as_table);
        let (Some(named), Ok(table)) = (named, text.parse::<Table>()) else { continue };
        let entries: Table =
            named.keys().map(|name| (name.clone(), Value::Table(table.clone()))).collect();
        let kind = defaults.entry(kind).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(kind) = kind {
            kind.insert(form.to_owned(), Value::Table(entries));
        }
    }
    defaults
}

/// Leaves users and passwords out of the URLs in a value.
fn without_users(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(without_user(text)),
        Value::Array(all) => Value::Array(all.iter().map(without_users).collect()),
        Value::Table(table) => {
            let all = table.iter().map(|(key, value)| (key.clone(), without_users(value)));
            Value::Table(all.collect())
        }
        other => other.clone(),
    }
}

fn flatten<'a>(table: &'a Table, above: &str, into: &mut Vec<(String, &'a Value)>) {
    for (key, value) in table {
        let key = quoted(key);
        let path = if above.is_empty() { key } else { format!("{above}.{key}") };
        match value {
            Value::Table(table) => flatten(table, &path, into),
            value => into.push((path, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn every_value_is_shown_with_its_origin_and_no_variable_is_filled_in() {
        let layer = |origin, text: &str| Written {
            origin,
            file: format!("{origin}.toml"),
            table: text.parse().unwrap(),
        };
        let layers = [
            layer("user", "[chunking]\nmax_tokens = 5\n[server]\nbind = 'user:1'"),
            layer(
                "workspace",
                "[server]\nbind = 'here:2'\n[tools.script.\"a b\"]\npath = 'x'\nkey = '${PATH}'",
            ),
        ];
        let all: Vec<String> = shown(&layers)
            .into_iter()
            .map(|one| format!("{} = {} # {}", one.key, one.value, one.origin))
            .filter(|line| !line.contains("retrieval") && !line.contains("embedding"))
            .collect();
        assert_eq!(
            all,
            [
                "chunking.max_tokens = 5 # user",
                "chunking.overlap_tokens = 0 # default",
                "db.path = \".ctx/data/ctx.sqlite\" # default",
                "extensions.deny = [] # default",
                "extensions.dirs = [\".ctx/extensions\"] # default",
                "extensions.unsafe = [] # default",
                "limits.failures = 5 # default",
                "limits.idle = \"5m\" # default",
                "limits.pause = \"10s\" # default",
                "limits.queue = 1024 # default",
                "limits.wait = \"10s\" # default",
                "mcp.answer_tokens = 25000 # default",
                "mcp.facade = false # default",
                "mcp.keep = \"10m\" # default",
                "server.bind = \"here:2\" # workspace",
                "tools.script.\"a b\".key = \"${PATH}\" # workspace",
                "tools.script.\"a b\".path = \"x\" # workspace",
                "tools.script.\"a b\".timeout = 30 # default",
            ]
        );
    }

    #[test]
    fn a_password_in_a_url_is_not_shown() {
        let text = "[connectors.git.a]\nurl = 'https://bob:pw@host/x'\n\
                    also = ['bob:pw@host:x', { in = 'https://bob:pw@[::bad/x' }]";
        let table = text.parse().unwrap();
        let all = format!("{:?}", shown(&[Written { origin: "user", file: String::new(), table }]));
        assert!(!all.contains("pw") && all.contains("https://host/x"), "{all}");
    }
}
