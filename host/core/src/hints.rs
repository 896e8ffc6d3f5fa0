//! What a tool says of itself, held against what it may do. A model and its
//! person go by these hints, so one that its grants belie is not passed on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ctx_model::{ExtensionName, Grant, Hints, Inject};

use crate::catalog::{Catalog, Installed};
use crate::decide::decide;
use crate::host::Host;

/// Claims that an operator may agree to, in the words of `ctx grant`.
pub(crate) const AGREED: [&str; 2] = ["read_only", "closed_world"];

/// A tool's hints, as they are passed on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Truth {
    pub hints: Hints,
    pub adjusted: Vec<Adjusted>,
}

/// A hint that is passed on otherwise than it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjusted {
    /// As MCP and the manifest name it: `read_only` or `open_world`.
    pub hint: &'static str,
    /// What the tool said.
    pub said: bool,
    pub why: String,
    /// What an operator would grant who agrees with the tool.
    pub agree: Option<&'static str>,
}

/// The hints of all tools of a catalog, by extension, in the order of its
/// tools.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Truths(BTreeMap<ExtensionName, Vec<Truth>>);

impl Truths {
    /// Returns the hints of a tool.
    pub fn of(&self, extension: &Installed, tool: &str) -> Option<&Truth> {
        let at = extension.tools.iter().position(|one| one.info.name == tool)?;
        self.0.get(&extension.name)?.get(at)
    }
}

impl Host {
    /// Holds the hints of all tools against what each extension may do now.
    pub fn truths(&self, catalog: &Arc<Catalog>) -> Arc<Truths> {
        let revision = self.revision(catalog);
        if let Some(known) = self.finding.truths(&revision) {
            return known;
        }
        let all = catalog.installed.values().filter(|one| !one.tools.is_empty());
        let truths = all.map(|one| (one.name.clone(), self.truth(one)));
        let truths = Arc::new(Truths(truths.collect()));
        self.finding.keep(revision, truths.clone());
        truths
    }

    /// Holds the hints of one extension's tools against what it may do now.
    pub(crate) fn truth(&self, extension: &Installed) -> Vec<Truth> {
        let said = extension.tools.iter().map(|tool| tool.info.hints);
        // What is part of the program has no grants, and is trusted as such.
        if extension.code.as_native().is_some() {
            return said.map(|hints| Truth { hints, adjusted: Vec::new() }).collect();
        }
        // Whose grants cannot be read may do nothing.
        let policy = self.authority().policy(extension).unwrap_or_default();
        let requests = extension.requests.as_ref();
        let grant = decide(requests, &policy, extension.folder.is_some());
        let inject = requests.map(|requests| requests.inject.as_slice()).unwrap_or_default();
        said.map(|hints| truthful(hints, &grant, inject, &policy.hints)).collect()
    }
}

/// Decides what is passed on of what a tool says.
fn truthful(said: Hints, grant: &Grant, inject: &[Inject], agreed: &BTreeSet<String>) -> Truth {
    let (mut hints, mut adjusted) = (said, Vec::new());
    let http = &grant.http;
    let reaches = !http.granted.is_empty()
        && http.requested.as_ref().is_none_or(|requested| !requested.is_empty());
    if said.open_world && !reaches {
        hints.open_world = false;
        let why = "no grant lets it reach beyond this machine".to_owned();
        adjusted.push(Adjusted { hint: "open_world", said: true, why, agree: None });
    }
    if !said.open_world && reaches && !agreed.contains("closed_world") {
        hints.open_world = true;
        let hosts: Vec<String> = http.granted.iter().map(ToString::to_string).collect();
        let why = format!("it may reach {}", hosts.join(", "));
        let agree = Some("closed_world");
        adjusted.push(Adjusted { hint: "open_world", said: false, why, agree });
    }
    if said.read_only
        && !agreed.contains("read_only")
        && let Some(why) = writes(grant, reaches, inject)
    {
        hints.read_only = false;
        let agree = Some("read_only");
        adjusted.push(Adjusted { hint: "read_only", said: true, why, agree });
    }
    Truth { hints, adjusted }
}

/// Says how an extension could change something. Folders and what was gathered
/// are lent for reading alone. To ask a host without anything that proves who
/// asks is what anybody may do, and counts as reading; with it, it counts as
/// acting in the operator's name.
fn writes(grant: &Grant, reaches: bool, inject: &[Inject]) -> Option<String> {
    if grant.kv {
        return Some("it may write to its store (kv)".to_owned());
    }
    if !reaches {
        return None;
    }
    let proofs: Vec<&str> = grant.secrets.iter().chain(&grant.env).map(String::as_str).collect();
    match (proofs.as_slice(), inject) {
        ([], []) => None,
        ([], _) => Some("it may reach hosts with a header that the host adds".to_owned()),
        (proofs, _) => Some(format!("it may reach hosts with `{}`", proofs.join("`, `"))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use ctx_model::HttpGrant;

    use super::*;

    const READS: Hints =
        Hints { read_only: true, destructive: false, idempotent: true, open_world: false };
    const ROAMS: Hints = Hints { open_world: true, ..READS };

    fn http() -> HttpGrant {
        HttpGrant { requested: None, granted: vec!["https://api.met.no".parse().unwrap()] }
    }

    #[track_caller]
    fn check(said: Hints, grant: &Grant, agreed: &[&str], expected: (bool, bool), adjusted: usize) {
        let agreed = agreed.iter().map(ToString::to_string).collect();
        let truth = truthful(said, grant, &[], &agreed);
        assert_eq!((truth.hints.read_only, truth.hints.open_world), expected, "{truth:?}");
        assert_eq!(truth.adjusted.len(), adjusted, "{truth:?}");
        assert_eq!((truth.hints.destructive, truth.hints.idempotent), (false, true));
    }

    #[test]
    fn what_cannot_reach_out_is_not_open() {
        check(ROAMS, &Grant::default(), &[], (true, false), 1);
        let unasked = HttpGrant { requested: Some(Vec::new()), ..http() };
        check(ROAMS, &Grant { http: unasked, ..Grant::default() }, &[], (true, false), 1);
        check(READS, &Grant::default(), &[], (true, false), 0);
    }

    #[test]
    fn what_may_reach_out_is_open_unless_the_operator_agrees() {
        let grant = Grant { http: http(), ..Grant::default() };
        check(ROAMS, &grant, &[], (true, true), 0);
        check(READS, &grant, &[], (true, true), 1);
        check(READS, &grant, &["closed_world"], (true, false), 0);
    }

    #[test]
    fn what_can_write_does_not_only_read_unless_the_operator_agrees() {
        let kv = Grant { kv: true, ..Grant::default() };
        check(READS, &kv, &[], (false, false), 1);
        check(READS, &kv, &["read_only"], (true, false), 0);
        check(Hints { read_only: false, ..READS }, &kv, &[], (false, false), 0);
        let named = Grant { http: http(), secrets: ["key".to_owned()].into(), ..Grant::default() };
        check(ROAMS, &named, &[], (false, true), 1);
        check(ROAMS, &named, &["read_only"], (true, true), 0);
        let rule = Inject { host: "a".into(), header: "b".into(), value: "{key}".into() };
        let plain = Grant { http: http(), ..Grant::default() };
        let truth = truthful(ROAMS, &plain, &[rule], &BTreeSet::new());
        assert!(!truth.hints.read_only);
    }
}
