//! From a sidecar, a custom section or a Lua header to a `Manifest`.

use ctx_model::{Event, HostPattern, Inject, Manifest, Phase, Requests};
use semver::{Version, VersionReq};
use thiserror::Error;
use toml::Table;

use crate::config::line;
use crate::near::near;

/// The section of a component that carries its manifest.
const SECTION: &str = "ctx:manifest";

/// A header of a script is read to here and no further.
const HEADER: usize = 16 * 1024;

/// Keys that the platform to come will read, so that nothing else takes them.
const RESERVED: [&str; 7] =
    ["routes", "webhooks", "schedules", "events", "ui", "data", "marketplace"];

const KEYS: [&str; 17] = [
    "manifest",
    "name",
    "version",
    "description",
    "license",
    "authors",
    "contract",
    "dependencies",
    "requests",
    "limits",
    "settings",
    "hooks",
    "priority",
    "concurrency_limit",
    "data_class_scopes",
    "state_transaction_support",
    "kill_switch_enabled",
];

/// Why a manifest cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ManifestError {
    #[error("its manifest is wrong in line {line}: {why}")]
    Syntax { line: usize, why: String },
    #[error("its manifest has the key `{key}`, which nobody reads")]
    UnknownKey { key: String, near: Option<String> },
    #[error("its manifest uses `{0}`, which is reserved for a later version")]
    Reserved(String),
    #[error("its manifest has {0}")]
    Value(String),
    #[error("it wants the contract {wanted}, and this host speaks {}", ctx_sandbox::CONTRACT)]
    Contract { wanted: String },
    #[error("its manifest is not closed: the block from `-- /// ctx` needs a line `-- ///`")]
    Unclosed,
}

/// Parses and checks a manifest.
pub fn parse(text: &str) -> Result<Manifest, ManifestError> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| ManifestError::Syntax {
        line: line(text, error.span()),
        why: error.message().to_owned(),
    })?;
    if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(if RESERVED.contains(&key.as_str()) {
            ManifestError::Reserved(key.clone())
        } else {
            ManifestError::UnknownKey { key: key.clone(), near: near(key, KEYS).into_iter().next() }
        });
    }
    let manifest: Manifest = toml::from_str(text).map_err(|error| ManifestError::Syntax {
        line: line(text, error.span()),
        why: error.message().to_owned(),
    })?;
    check(&manifest)?;
    Ok(manifest)
}

/// The same, passing over what harms nobody: keys that nobody reads. Says
/// which.
pub(crate) fn parse_open(text: &str) -> Result<(Manifest, Vec<String>), ManifestError> {
    let unknown = match parse(text) {
        Ok(manifest) => return Ok((manifest, Vec::new())),
        Err(error @ ManifestError::UnknownKey { .. }) => error,
        Err(error) => return Err(error),
    };
    let mut table: Table = text.parse().map_err(|_| unknown)?;
    let is_known = |key: &str| KEYS.contains(&key) || RESERVED.contains(&key);
    let keys: Vec<String> = table.keys().filter(|key| !is_known(key)).cloned().collect();
    for key in &keys {
        table.remove(key);
    }
    let note = |key| format!("its manifest has the key `{key}`, which nobody reads");
    Ok((parse(&table.to_string())?, keys.iter().map(note).collect()))
}

/// Whether this host speaks a version of the contract in a range.
pub fn speaks(range: &str) -> bool {
    let ours = Version::parse(ctx_sandbox::CONTRACT);
    VersionReq::parse(range).is_ok_and(|range| ours.is_ok_and(|ours| range.matches(&ours)))
}

fn check(manifest: &Manifest) -> Result<(), ManifestError> {
    if let Some(format) = manifest.manifest.filter(|format| *format != 1) {
        return Err(ManifestError::Value(format!("format {format}, and this host reads format 1")));
    }
    if let Some(wanted) = &manifest.contract {
        let range = VersionReq::parse(wanted).map_err(|_| {
            ManifestError::Value(format!("contract = \"{wanted}\", which is no range of versions"))
        })?;
        let ours = Version::parse(ctx_sandbox::CONTRACT).expect("our own version is a version");
        if !range.matches(&ours) {
            return Err(ManifestError::Contract { wanted: wanted.clone() });
        }
    }
    if let Some(limits) = &manifest.limits
        && let Some((key, wanted)) = limits.invalid()
    {
        return Err(ManifestError::Value(format!("a limit `{key}` that is not {wanted}")));
    }
    hooks(manifest).map_err(ManifestError::Value)?;
    if let Some(requests) = &manifest.requests {
        for host in &requests.http {
            host.parse::<HostPattern>().map_err(|error| ManifestError::Value(error.to_string()))?;
        }
        if let Some(power) = requests.unsafe_.first() {
            return Err(ManifestError::Value(format!(
                "unsafe = [\"{power}\"], a power that this version does not have"
            )));
        }
        for rule in &requests.inject {
            rule.host
                .parse::<HostPattern>()
                .map_err(|error| ManifestError::Value(error.to_string()))?;
            check_injection(rule, requests).map_err(ManifestError::Value)?;
        }
        for folder in &requests.files {
            request_of_folder(folder).map_err(ManifestError::Value)?;
        }
    }
    Ok(())
}

/// Tokens that one handler may add at most, whoever asks.
const MOST_TOKENS: u32 = 100_000;

fn hooks(manifest: &Manifest) -> Result<(), String> {
    for (name, hook) in &manifest.hooks {
        let phase = Phase::parse(name);
        if phase.is_none() && Event::parse(name).is_none() {
            let words = Phase::ALL.iter().map(|it| it.as_str());
            let near = near(name, words.chain(Event::ALL.iter().map(|it| it.as_str())));
            let hint = near.first().map(|near| format!("; did you mean `{near}`?"));
            let hint = hint.unwrap_or_default();
            return Err(format!("`[hooks.{name}]`, which is no phase and no event{hint}"));
        }
        let ceiling = phase
            .map_or(u32::MAX, |it| u32::try_from(it.ceiling().as_millis()).unwrap_or(u32::MAX));
        if hook.max_ms.is_some_and(|most| most == 0 || most > ceiling) {
            return Err(format!("hooks.{name}.max_ms out of 1 to {ceiling}"));
        }
        if hook.max_tokens.is_some_and(|most| most > MOST_TOKENS) {
            return Err(format!("hooks.{name}.max_tokens over {MOST_TOKENS}"));
        }
        let handlers = &hook.handlers;
        let is_twice = |at: usize| handlers[..at].contains(&handlers[at]);
        if handlers.iter().any(String::is_empty) || (0..handlers.len()).any(is_twice) {
            return Err(format!("hooks.{name}.handlers with a name that is empty or there twice"));
        }
    }
    if manifest.concurrency_limit == Some(0) {
        return Err("concurrency_limit = 0, with which no hook would run".to_owned());
    }
    Ok(())
}

/// Headers that say where a request goes and where it ends.
const FRAMING: [&str; 7] =
    ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"];

/// A header may only carry secrets that the manifest asks for.
fn check_injection(rule: &Inject, requests: &Requests) -> Result<(), String> {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if rule.header.is_empty() || !rule.header.bytes().all(valid) {
        return Err(format!("inject with the header `{}`, which is none", rule.header));
    }
    if FRAMING.iter().any(|name| rule.header.eq_ignore_ascii_case(name)) {
        return Err(format!("inject with the header `{}`, which is the host's own", rule.header));
    }
    let names = rule.value.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    for (name, _) in names {
        if !requests.secrets.iter().any(|secret| secret == name) {
            return Err(format!("inject with `{{{name}}}`, which `secrets` does not ask for"));
        }
    }
    Ok(())
}

/// A folder that an extension asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FolderRequest {
    /// Below its own folder, which it may read in any case.
    Own,
    /// The one that the setting of this name names.
    Setting(String),
    /// The mirror of the repository that the setting of this name names.
    Repository(String),
    /// The one that a grant of this name names.
    Named(String),
}

impl FolderRequest {
    /// Returns the name under which the folder is lent, unless it is the
    /// extension's own.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Own => None,
            Self::Setting(name) | Self::Repository(name) | Self::Named(name) => Some(name),
        }
    }
}

/// Reads `read:./data`, `read:{root}`, `read:git+{url}` or `read:notes`.
pub(crate) fn request_of_folder(text: &str) -> Result<FolderRequest, String> {
    let setting = |text: &str| {
        let name = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        name.map(str::to_owned)
    };
    let Some(name) = text.strip_prefix("read:") else {
        return Err(format!("files = [\"{text}\"], which must begin with `read:`"));
    };
    if name == "." || name.starts_with("./") {
        return Ok(FolderRequest::Own);
    }
    if let Some(setting) = setting(name) {
        return Ok(FolderRequest::Setting(setting));
    }
    if let Some(setting) = name.strip_prefix("git+").and_then(setting) {
        return Ok(FolderRequest::Repository(setting));
    }
    if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
        return Err(format!(
            "files = [\"{text}\"]: write `read:./folder`, `read:{{setting}}`, \
             `read:git+{{setting}}` or `read:name`"
        ));
    }
    Ok(FolderRequest::Named(name.to_owned()))
}

/// Finds the header block of a script: the lines from `-- /// ctx` to
/// `-- ///`, without their comment marks. Read as data and never executed.
pub(crate) fn script_header(text: &str, comment: &str) -> Result<Option<String>, ManifestError> {
    let mut end = text.len().min(HEADER);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let (open, close) = (format!("{comment} /// ctx"), format!("{comment} ///"));
    let mut header: Option<String> = None;
    for line in text[..end].lines() {
        let line = line.trim_end();
        match &mut header {
            None if line == open => header = Some(String::new()),
            // The header stands before any code.
            None if line.is_empty() || line.starts_with(comment) || line.starts_with("#!") => {}
            None => return Ok(None),
            Some(header) if line == close => return Ok(Some(std::mem::take(header))),
            Some(header) => match line.strip_prefix(comment) {
                Some(rest) => {
                    header.push_str(rest.strip_prefix(' ').unwrap_or(rest));
                    header.push('\n');
                }
                None => return Err(ManifestError::Unclosed),
            },
        }
    }
    if header.is_some() { Err(ManifestError::Unclosed) } else { Ok(None) }
}

/// Finds the manifest in a component's custom sections.
pub(crate) fn section(component: &[u8]) -> Option<&str> {
    let mut rest = component.get(8..)?;
    while let [id, after @ ..] = rest {
        let (size, body) = leb128(after)?;
        let (body, next) = body.split_at_checked(size)?;
        rest = next;
        if *id == 0 {
            let (length, named) = leb128(body)?;
            let (name, text) = named.split_at_checked(length)?;
            if name == SECTION.as_bytes() {
                return std::str::from_utf8(text).ok();
            }
        }
    }
    None
}

fn leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(value).ok()?, &bytes[at + 1..]));
        }
    }
    None
}

/// Writes requests in one way only, for the digest that grants are bound to.
pub(crate) fn canonical(requests: Option<&Requests>) -> String {
    // Fields serialize in the order in which they are declared.
    requests.map_or_else(String::new, |requests| {
        serde_json::to_string(requests).expect("requests are plain data")
    })
}

#[cfg(test)]
mod tests;
