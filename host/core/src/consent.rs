//! Granting: what an extension asks for, held against what it was given.

use ctx_model::{HostPattern, Requests};

use crate::catalog::{Installed, Requested, Standing};
use crate::config;
use crate::error::HostError;
use crate::hints::AGREED;
use crate::host::Host;
use crate::lending::is_secret_name;
use crate::manifest::{FolderRequest, request_of_folder};

/// Capabilities that can be granted, in the words of a manifest.
const CAPABILITIES: [&str; 7] = ["http", "env", "secrets", "files", "kv", "context", "hints"];

/// What to grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consent {
    /// Everything that it asks for and that needs no path.
    Everything,
    /// Values of one capability.
    Values { capability: String, values: Vec<String> },
}

/// What was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    pub capability: String,
    pub value: String,
}

impl Host {
    /// Grants an extension what it asks for, bound to its digest.
    pub fn grant(
        &self,
        extension: &Installed,
        consent: &Consent,
    ) -> Result<Vec<Granted>, HostError> {
        let granted: Vec<Granted> = match consent {
            Consent::Everything => everything(extension),
            Consent::Values { capability, .. } if !CAPABILITIES.contains(&capability.as_str()) => {
                return Err(HostError::Grant(format!(
                    "`{capability}` is no capability; there are {}",
                    CAPABILITIES.join(", ")
                )));
            }
            Consent::Values { capability, values } => {
                let values = match (capability.as_str(), values.is_empty()) {
                    ("kv", _) => vec!["true".to_owned()],
                    (_, true) => {
                        return Err(HostError::Grant(format!(
                            "`{capability}` needs a value to grant"
                        )));
                    }
                    _ => values.clone(),
                };
                let one = |value| Granted {
                    value: if capability == "files" { self.absolute(value) } else { value },
                    capability: capability.clone(),
                };
                values.into_iter().map(one).collect()
            }
        };
        for Granted { capability, value } in &granted {
            check(extension, capability, value).map_err(HostError::Grant)?;
        }
        let authority = self.authority();
        for Granted { capability, value } in &granted {
            authority.grant(extension, capability, value)?;
        }
        drop(authority);
        self.forget_loans();
        Ok(granted)
    }

    /// Writes a folder as it is from here: a grant holds in every workspace, and
    /// must not mean another folder there.
    fn absolute(&self, value: String) -> String {
        let (name, path) = config::folder(&value);
        if name == path && !path.contains(['/', '~', '.']) {
            return value;
        }
        let path = self.places.resolve(&self.workspace, &path);
        let path = path.canonicalize().unwrap_or(path);
        format!("{name}={}", path.display())
    }

    /// Takes grants back, and returns how many there were. A host is taken back
    /// however it was written.
    pub fn revoke(
        &self,
        extension: &str,
        capability: Option<&str>,
        value: Option<&str>,
    ) -> Result<u64, HostError> {
        let authority = self.authority();
        let mut revoked = authority.revoke(extension, capability, value)?;
        let wanted = value.and_then(|value| value.parse::<HostPattern>().ok());
        if let (0, Some("http"), Some(wanted)) = (revoked, capability, wanted) {
            for row in authority.hosts(extension)? {
                if row.parse::<HostPattern>().is_ok_and(|given| given.covers(&wanted)) {
                    revoked += authority.revoke(extension, capability, Some(&row))?;
                }
            }
        }
        drop(authority);
        self.forget_loans();
        Ok(revoked)
    }

    /// Returns what an extension asks for, and what of it is granted.
    pub fn standing(&self, extension: &Installed) -> Result<Standing, HostError> {
        let hints = self.truth(extension);
        let authority = self.authority();
        let policy = authority.policy(extension)?;
        let mut standing = Standing { hints, ..Standing::default() };
        let Some(requests) = &extension.requests else {
            // It never said; what it was given is all there is to show.
            let given = |capability, values: Vec<String>| {
                values.into_iter().map(move |value| Requested { capability, value, granted: true })
            };
            let http = policy.http.iter().map(ToString::to_string).collect();
            standing.requested.extend(given("http", http));
            standing.requested.extend(given("env", policy.env.into_iter().collect()));
            standing.requested.extend(given("secrets", policy.secrets.into_iter().collect()));
            standing.requested.extend(given("files", policy.folders.into_keys().collect()));
            standing.requested.extend(given("context", policy.context.into_iter().collect()));
            return Ok(standing);
        };
        for (capability, value) in asked(requests) {
            let granted = match capability {
                "http" => value.parse::<HostPattern>().is_ok_and(|asked| {
                    policy.http.iter().any(|given| given.covers(&asked) || asked.covers(given))
                }),
                "env" => policy.env.contains(&value),
                "secrets" => policy.secrets.contains(&value),
                "files" => match request_of_folder(&value) {
                    Ok(FolderRequest::Own) => true,
                    // The source's settings name it, in a config that is trusted.
                    Ok(FolderRequest::Setting(name) | FolderRequest::Repository(name)) => {
                        policy.folders.contains_key(&name)
                            || authority.word(extension.layer).sources.values().any(|source| {
                                source.extension == extension.name.as_str()
                                    && source.settings.contains_key(&name)
                            })
                    }
                    Ok(FolderRequest::Named(name)) => policy.folders.contains_key(&name),
                    Err(_) => false,
                },
                "kv" => policy.kv,
                "context" => policy.context.contains("*") || policy.context.contains(&value),
                _ => false,
            };
            standing.requested.push(Requested { capability, value, granted });
        }
        standing.outdated =
            standing.requested.iter().any(|one| !one.granted) && authority.had_grants(extension)?;
        Ok(standing)
    }
}

/// Lists what is asked for, in the words of a manifest.
fn asked(requests: &Requests) -> Vec<(&'static str, String)> {
    let order = ["http", "env", "secrets", "files", "kv", "context", "unsafe"];
    let lines = requests.lines();
    order
        .into_iter()
        .filter_map(|capability| Some((capability, lines.get(capability)?.clone())))
        .flat_map(|(capability, values)| values.into_iter().map(move |value| (capability, value)))
        .collect()
}

fn everything(extension: &Installed) -> Vec<Granted> {
    let Some(requests) = &extension.requests else { return Vec::new() };
    asked(requests)
        .into_iter()
        .filter(|(capability, _)| !matches!(*capability, "files" | "unsafe"))
        .map(|(capability, value)| Granted { capability: capability.to_owned(), value })
        .collect()
}

/// Whether a grant means something: well-formed, and asked for.
fn check(extension: &Installed, capability: &str, value: &str) -> Result<(), String> {
    let name = &extension.name;
    let requests = extension.requests.as_ref();
    let not_asked = |what: &str| {
        Err(format!(
            "`{name}` does not ask for {what}; its manifest would have to, under `[requests]`"
        ))
    };
    let listed = |list: fn(&Requests) -> &Vec<String>| {
        requests.is_none_or(|requests| list(requests).iter().any(|one| one == value || one == "*"))
    };
    match capability {
        "http" => {
            let given: HostPattern =
                value.parse().map_err(|error: ctx_model::InvalidHostPattern| error.to_string())?;
            let meets = |asked: &String| {
                asked
                    .parse::<HostPattern>()
                    .is_ok_and(|asked| asked.covers(&given) || given.covers(&asked))
            };
            if requests.is_none_or(|requests| requests.http.iter().any(meets)) {
                Ok(())
            } else {
                not_asked(&format!("http `{value}`"))
            }
        }
        "env" if listed(|requests| &requests.env) => Ok(()),
        "env" => not_asked(&format!("env `{value}`")),
        "secrets" if !is_secret_name(value) => Err(format!("`{value}` is no name of a secret")),
        "secrets" if listed(|requests| &requests.secrets) => Ok(()),
        "secrets" => not_asked(&format!("secret `{value}`")),
        "context" if listed(|requests| &requests.context) => Ok(()),
        "context" => not_asked(&format!("context `{value}`")),
        "kv" if requests.is_none_or(|requests| requests.kv) => Ok(()),
        "kv" => not_asked("kv"),
        "hints" if AGREED.contains(&value) => Ok(()),
        "hints" => {
            Err(format!("`{value}` is no hint to agree to; there are {}", AGREED.join(", ")))
        }
        "files" => {
            let (folder, path) = config::folder(value);
            if path == folder && !path.contains(['/', '~', '.']) {
                return Err(format!("write which folder `{folder}` is: `{folder}=PATH`"));
            }
            let asks = |text: &String| {
                request_of_folder(text).is_ok_and(|asked| asked.name() == Some(&folder))
            };
            if requests.is_none_or(|requests| requests.files.iter().any(asks)) {
                Ok(())
            } else {
                not_asked(&format!("files `{folder}`"))
            }
        }
        _ => Ok(()),
    }
}
