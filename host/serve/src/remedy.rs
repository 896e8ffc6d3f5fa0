//! What to write so that a script that a config names outright is not denied
//! again: the exact line, with what it says already.

use ctx_model::{Denial, ExtensionName, NamedBy};

use crate::problem::{denial_help, quoted};

/// Keys of `allow`, in the order in which they are written.
const KEYS: [&str; 6] = ["http", "env", "fs", "secrets", "kv", "context"];

/// Says what would let an entry do what it was denied.
pub(crate) fn of_entry(
    extension: &ExtensionName,
    entry: &NamedBy,
    denials: &[Denial],
) -> Vec<String> {
    let mut help = Vec::new();
    let wanted: Vec<(&str, String)> = denials.iter().filter_map(allowed).collect();
    if !wanted.is_empty() {
        let line = line(entry, &wanted);
        let section = &entry.section;
        if let Some(file) = &entry.file {
            let (verb, place) =
                if entry.allow.is_empty() { ("add", "to") } else { ("write", "in") };
            help.push(format!("{verb} {line} {place} [{section}] in {file} and run `ctx trust`"));
            help.extend(wanted.iter().filter(|(key, _)| *key != "fs").map(|(key, value)| {
                let value =
                    if *key == "kv" { String::new() } else { format!(" {}", quoted(value)) };
                format!("or run `ctx grant {extension} {key}{value}`")
            }));
        } else {
            let hosts = wanted.iter().filter(|(key, _)| *key == "http");
            help.extend(hosts.map(|(_, host)| format!("add `--allow-http {}`", quoted(host))));
            help.push(format!("once a config names it, add {line} to its section [{section}]"));
        }
    }
    let others = denials.iter().filter(|denial| allowed(denial).is_none());
    help.extend(others.map(|denial| denial_help(extension, denial)));
    help
}

/// Writes `allow = { … }` with what it says already and what is wanted.
fn line(entry: &NamedBy, wanted: &[(&str, String)]) -> String {
    let mut parts = Vec::new();
    for key in KEYS {
        let had = entry.allow.iter().filter(|(had, _)| *had == key).map(|(_, value)| value);
        let mut values: Vec<&String> = had.collect();
        for (_, value) in wanted.iter().filter(|(asked, _)| *asked == key) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        match (key, values.as_slice()) {
            (_, []) => {}
            ("kv", _) => parts.push("kv = true".to_owned()),
            (key, values) => {
                let list: Vec<String> = values.iter().map(|value| text(value)).collect();
                parts.push(format!("{key} = [{}]", list.join(", ")));
            }
        }
    }
    format!("`allow = {{ {} }}`", parts.join(", "))
}

/// Writes a text as TOML reads it. Guests choose it, and people paste it.
fn text(value: &str) -> String {
    let value: String = value.chars().filter(|c| !c.is_control()).collect();
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Returns what a denial wants of `allow`, if that can help.
fn allowed(denial: &Denial) -> Option<(&'static str, String)> {
    match denial {
        Denial::Http { origin, requested: true } => Some(("http", origin.to_string())),
        Denial::Env(name) => Some(("env", name.clone())),
        Denial::Secret(name) => Some(("secrets", name.clone())),
        Denial::Folder(name) if name == "." => Some(("fs", ".".to_owned())),
        Denial::Folder(name) => Some(("fs", format!("{name}=PATH"))),
        Denial::Kv => Some(("kv", "true".to_owned())),
        Denial::Context(source) => Some(("context", source.clone())),
        Denial::Http { .. }
        | Denial::PrivateAddress { .. }
        | Denial::Path { .. }
        | Denial::Unsafe(_) => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[track_caller]
    fn check(file: Option<&str>, allow: &[(&'static str, &str)], denials: &[Denial], help: &str) {
        let allow = allow.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        let file = file.map(str::to_owned);
        let entry = NamedBy { section: "tools.script.x".to_owned(), file, allow };
        let name = ExtensionName::new("x").unwrap();
        assert_eq!(of_entry(&name, &entry, denials).join("\n"), help);
    }

    fn host(scheme: &str, host: &str, port: u16) -> Denial {
        let (scheme, host) = (scheme.to_owned(), host.to_owned());
        Denial::Http { origin: ctx_model::Origin { scheme, host, port }, requested: true }
    }

    #[test]
    fn a_denial_prints_the_exact_line_to_add() {
        check(
            Some(".ctx/config.toml"),
            &[],
            &[host("https", "api.example.com", 443)],
            "add `allow = { http = [\"https://api.example.com\"] }` to [tools.script.x] in \
             .ctx/config.toml and run `ctx trust`\n\
             or run `ctx grant x http https://api.example.com`",
        );
    }

    #[test]
    fn what_is_allowed_already_stays_in_the_line() {
        check(
            Some("config/ctx.toml"),
            &[("http", "https://a.example"), ("env", "A")],
            &[Denial::Folder(".".to_owned()), Denial::Env("B".to_owned())],
            "write `allow = { http = [\"https://a.example\"], env = [\"A\", \"B\"], fs = [\".\"] }` \
             in [tools.script.x] in config/ctx.toml and run `ctx trust`\n\
             or run `ctx grant x env B`",
        );
    }

    #[test]
    fn a_script_that_was_typed_is_given_a_flag() {
        check(
            None,
            &[],
            &[host("http", "localhost", 1)],
            "add `--allow-http http://localhost:1`\n\
             once a config names it, add `allow = { http = [\"http://localhost:1\"] }` to its \
             section [tools.script.x]",
        );
    }
}
