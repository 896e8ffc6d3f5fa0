//! `[connectors.script.NAME]`, `[tools.script.NAME]` and
//! `[agents.script.NAME]`: a script with one role, its settings, and what they
//! grant.

use std::path::PathBuf;
use std::time::Duration;

use ctx_model::{HostPattern, Limits, Role, bytes};
use toml::{Table, Value};
use url::Url;

use super::{Allow, variables};

/// Seconds that a connector has for its list, unless the entry says.
const CONNECTOR: u64 = 300;

/// A script that plays one role, as an entry of the config or as the operator
/// names it.
#[derive(Debug, Clone, PartialEq)]
pub struct ScriptEntry {
    /// The one role that it plays, whatever else the script defines.
    pub kind: Role,
    /// What it is called: the key of the entry.
    pub name: String,
    /// As written: `~` is the home, and what is relative stands below the
    /// workspace.
    pub path: PathBuf,
    /// Seconds.
    pub timeout: Option<u64>,
    /// As written, with `${NAME}` in it.
    pub settings: Table,
    pub allow: Allow,
}

impl ScriptEntry {
    /// Reads the table of an entry.
    pub(super) fn read(kind: Role, name: &str, value: Value) -> Result<Self, String> {
        let Value::Table(mut settings) = value else { return Err("it must be a table".into()) };
        let path = match settings.remove("path") {
            Some(Value::String(path)) if !path.is_empty() => PathBuf::from(path),
            Some(_) => return Err("`path` must name the script".to_owned()),
            None => return Err("it needs `path = \"…\"`, the script".to_owned()),
        };
        let timeout = match settings.remove("timeout") {
            None => None,
            Some(Value::Integer(seconds)) if seconds > 0 => Some(seconds.unsigned_abs()),
            Some(_) => return Err("`timeout` must be a whole number of seconds".to_owned()),
        };
        let allow = match settings.remove("allow") {
            Some(allow @ Value::Table(_)) => allow
                .try_into()
                .map_err(|error: toml::de::Error| format!("its `allow`: {}", error.message()))?,
            // A setting of the script's own, which had that name before.
            Some(other) => {
                settings.insert("allow".to_owned(), other);
                Allow::default()
            }
            None => Allow::default(),
        };
        super::policy(&allow).map_err(|why| format!("its `allow`: {why}"))?;
        Ok(Self { kind, name: name.to_owned(), path, timeout, settings, allow })
    }

    /// Returns where the config names it: `connectors.script.x`.
    pub fn section(&self) -> String {
        format!("{}s.script.{}", self.kind, quoted(&self.name))
    }

    /// Returns what its guest is given: variables filled in, and no dates,
    /// which Context Harness leaves out, too.
    pub(crate) fn filled(&self, get: &dyn Fn(&str) -> Option<String>) -> serde_json::Value {
        json(&Value::Table(variables::filled(&self.settings, get))).unwrap_or_default()
    }

    /// Returns what the entry allows as the operator's word: what it says, the
    /// hosts of its URLs, and the variables that it names.
    pub(crate) fn allowed(&self, get: &dyn Fn(&str) -> Option<String>) -> Allow {
        let mut allow = self.allow.clone();
        for origin in origins(&self.filled(get)) {
            if !allow.http.contains(&origin) {
                allow.http.push(origin);
            }
        }
        allow.env.extend(variables::named(&self.settings).into_iter().map(|(name, _)| name));
        // Context Harness lends all documents to tools and agents.
        if matches!(self.kind, Role::Tool | Role::Agent) {
            allow.context.push("*".to_owned());
        }
        allow
    }

    /// Lists what variables put into its settings, to be kept out of errors and
    /// logs.
    pub(crate) fn private(&self, get: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
        variables::named(&self.settings).into_iter().filter_map(|(name, _)| get(&name)).collect()
    }

    /// Names the variables without which a setting is empty.
    pub(crate) fn unset<'a>(
        &'a self,
        get: &'a dyn Fn(&str) -> Option<String>,
    ) -> impl Iterator<Item = String> + 'a {
        variables::named(&self.settings)
            .into_iter()
            .filter(|(name, has_default)| !has_default && get(name).is_none())
            .map(|(name, _)| name)
    }

    /// Puts what the entry says of limits in the place of `limits`. Fuel grows
    /// with the time: who waits longer wants more work.
    pub(crate) fn limits(&self, mut limits: Limits) -> Limits {
        let most = Limits::MAXIMUM;
        let seconds = match (self.timeout, self.kind) {
            (Some(seconds), _) => seconds,
            (None, Role::Connector) => CONNECTOR,
            (None, _) => limits.time.as_secs(),
        };
        let time = Duration::from_secs(seconds);
        if self.kind == Role::Connector {
            limits.scan_time = time.min(most.scan_time);
        }
        if self.timeout.is_some() {
            let share = (time.as_secs_f64() / limits.time.as_secs_f64()).max(1.0);
            limits.time = time.min(most.time);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a limit is not exact, and a cast saturates"
            )]
            let fuel = (limits.fuel as f64 * share) as u64;
            limits.fuel = fuel.min(most.fuel);
        }
        if let Some(memory) = self.settings.get("memory_limit").and_then(size) {
            limits.memory = memory.min(most.memory);
        }
        if let Some(body) = self.settings.get("max_response_size").and_then(size) {
            limits.http_body = body.min(most.http_body);
        }
        limits
    }
}

/// Writes a key as TOML reads it.
pub(crate) fn quoted(key: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if !key.is_empty() && key.bytes().all(plain) {
        return key.to_owned();
    }
    Value::String(key.to_owned()).to_string()
}

/// Reads a size as its writers promised it: bytes, or a text with its unit.
fn size(value: &Value) -> Option<u64> {
    match value {
        Value::Integer(size) => u64::try_from(*size).ok().filter(|size| *size > 0),
        Value::String(text) => {
            let text = text.trim();
            let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
            let number = text.strip_suffix(unit)?.trim();
            let unit = match unit {
                "MB" | "M" | "mb" => "MiB",
                "KB" | "K" | "kb" => "KiB",
                "GB" | "G" | "gb" => "GiB",
                "" => "B",
                unit => unit,
            };
            bytes(&format!("{number} {unit}"))
        }
        _ => None,
    }
}

/// Turns settings into what a script reads: no dates.
fn json(value: &Value) -> Option<serde_json::Value> {
    use serde_json::Value as Json;
    Some(match value {
        Value::String(text) => Json::String(text.clone()),
        Value::Integer(number) => Json::from(*number),
        Value::Float(number) => Json::from(*number),
        Value::Boolean(is) => Json::Bool(*is),
        Value::Datetime(_) => return None,
        // A list keeps its places.
        Value::Array(all) => {
            Json::Array(all.iter().map(|one| json(one).unwrap_or(Json::Null)).collect())
        }
        Value::Table(table) => Json::Object(
            table.iter().filter_map(|(key, value)| Some((key.clone(), json(value)?))).collect(),
        ),
    })
}

/// Lists the origins of all settings that are URLs.
fn origins(settings: &serde_json::Value) -> Vec<String> {
    use serde_json::Value as Json;
    match settings {
        Json::String(text) => origin(text).into_iter().collect(),
        Json::Array(all) => all.iter().flat_map(origins).collect(),
        Json::Object(table) => table.values().flat_map(origins).collect(),
        _ => Vec::new(),
    }
}

/// Returns the part of a URL that a grant names.
pub(crate) fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    // A host that is a pattern to us would grant more than it says.
    let host = url.host_str().filter(|host| is_web && !host.contains('*'))?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let origin = format!("{}://{host}{port}", url.scheme());
    // A URL may hold hosts that no grant can name; they are not granted.
    origin.parse::<HostPattern>().is_ok().then_some(origin)
}

#[cfg(test)]
mod tests;
