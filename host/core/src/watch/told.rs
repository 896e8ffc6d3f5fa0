//! What is different about a new catalog, told to whoever runs the host: one
//! line for each extension.

use std::sync::Arc;

use crate::catalog::{Catalog, Installed, Problem};

/// Something that has become different.
#[derive(Debug, PartialEq, Eq)]
enum Difference<'a> {
    Added {
        name: &'a str,
        place: &'a str,
    },
    Replaced {
        name: &'a str,
        place: &'a str,
    },
    /// The same content, with other limits, names or tools.
    Changed {
        name: &'a str,
        place: &'a str,
    },
    Removed {
        name: &'a str,
        place: &'a str,
    },
    Broken {
        name: &'a str,
        place: &'a str,
        why: &'a str,
        still_running: bool,
    },
}

/// Tells what is different.
pub(crate) fn tell(before: &Catalog, after: &Catalog) {
    for difference in differences(before, after) {
        match difference {
            Difference::Added { name, place } => {
                tracing::info!(extension = name, place, "added");
            }
            Difference::Replaced { name, place } => {
                tracing::info!(extension = name, place, "replaced");
            }
            Difference::Changed { name, place } => {
                tracing::info!(extension = name, place, "changed");
            }
            Difference::Removed { name, place } => {
                tracing::info!(extension = name, place, "removed");
            }
            Difference::Broken { name, place, why, still_running: true } => tracing::warn!(
                extension = name,
                place,
                why,
                "the new file is broken; the version that was there before still runs"
            ),
            Difference::Broken { name, place, why, still_running: false } => {
                tracing::warn!(extension = name, place, why, "not loaded");
            }
        }
    }
}

fn differences<'a>(before: &'a Catalog, after: &'a Catalog) -> Vec<Difference<'a>> {
    let mut all = Vec::new();
    for (name, now) in &after.installed {
        let (name, place) = (name.as_str(), now.place.as_str());
        match before.extension(name) {
            None => all.push(Difference::Added { name, place }),
            Some(then) if Arc::ptr_eq(then, now) => {}
            Some(then) if is_same_content(then, now) => {
                all.push(Difference::Changed { name, place });
            }
            Some(_) => all.push(Difference::Replaced { name, place }),
        }
    }
    for (name, then) in &before.installed {
        if !after.installed.contains_key(name) {
            all.push(Difference::Removed { name: name.as_str(), place: &then.place });
        }
    }
    for Problem { name, place, why, still_running, .. } in
        after.problems.iter().filter(|problem| !before.problems.contains(problem))
    {
        let still_running = still_running.is_some();
        all.push(Difference::Broken { name, place, why, still_running });
    }
    all
}

fn is_same_content(a: &Installed, b: &Installed) -> bool {
    a.digest == b.digest && a.place == b.place
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use ctx_model::{
        Digest, ExtensionName, Form, Holdings, HookManifest, Hooks, Layer, Limits, Transforms,
    };

    use super::*;
    use crate::catalog::Code;

    fn installed(name: &str, content: u8) -> Arc<Installed> {
        Arc::new(Installed {
            entry: None,
            inline: None,
            name: ExtensionName::new(name).unwrap(),
            version: None,
            description: None,
            license: None,
            form: Form::Component,
            layer: Layer::User,
            place: format!("{name}.wasm"),
            registry: None,
            digest: Digest([content; 32]),
            requests: None,
            limits: Limits::DEFAULT,
            roles: Vec::new(),
            tools: Vec::new(),
            agents: Vec::new(),
            holdings: Holdings::default(),
            source: None,
            extractor: None,
            embedder: None,
            hooks: Hooks::default(),
            hook_manifest: HookManifest::default(),
            transforms: Transforms::default(),
            notes: Vec::new(),
            asks_limits: None,
            code: Arc::new(Code::own(Vec::new().into())),
            script: None,
            folder: None,
            settings_schema: None,
            inject: Vec::new(),
        })
    }

    fn problem(name: &str, still_running: bool) -> Problem {
        Problem {
            name: name.to_owned(),
            place: format!("{name}.wasm"),
            layer: Layer::User,
            why: "it is torn".to_owned(),
            help: String::new(),
            still_running: still_running.then(|| ExtensionName::new(name).unwrap()),
            tried: None,
        }
    }

    fn catalog(installed: &[&Arc<Installed>], problems: Vec<Problem>) -> Catalog {
        let installed = installed.iter().map(|one| (*one).clone()).collect();
        Catalog::new(installed, problems, Vec::new(), Vec::new())
    }

    #[test]
    fn each_extension_is_told_once_and_what_is_the_same_is_not() {
        let (same, old, gone) = (installed("same", 1), installed("new", 2), installed("gone", 3));
        let (new, raised, added) =
            (installed("new", 4), installed("raised", 5), installed("added", 6));
        let before = catalog(&[&same, &old, &gone, &raised], vec![problem("torn", false)]);
        let again = installed("raised", 5);
        let problems = vec![problem("torn", false), problem("same", true), problem("more", false)];
        let after = catalog(&[&same, &new, &again, &added], problems);
        let why = "it is torn";
        let expected = [
            Difference::Added { name: "added", place: "added.wasm" },
            Difference::Replaced { name: "new", place: "new.wasm" },
            Difference::Changed { name: "raised", place: "raised.wasm" },
            Difference::Removed { name: "gone", place: "gone.wasm" },
            Difference::Broken { name: "same", place: "same.wasm", why, still_running: true },
            Difference::Broken { name: "more", place: "more.wasm", why, still_running: false },
        ];
        assert_eq!(differences(&before, &after), expected);
        assert_eq!(differences(&after, &after), []);
    }
}
