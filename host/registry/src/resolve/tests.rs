#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use super::*;

/// `a 1.0.0: b ^1, c *`, one version in each line.
fn candidates(text: &str) -> Candidates {
    let mut all = Candidates::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (head, needs) = line.split_once(':').unwrap();
        let (name, version) = head.split_once(' ').unwrap();
        let (version, is_preferred) = match version.strip_suffix('!') {
            Some(version) => (version, true),
            None => (version, false),
        };
        let dependencies = needs
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty())
            .map(|one| one.split_once(' ').unwrap())
            .map(|(name, range)| (format!("tools/{name}"), range.parse().unwrap()))
            .collect();
        let version = version.parse().unwrap();
        let id = format!("tools/{name}").parse().unwrap();
        all.entry(id).or_default().push(Candidate { version, dependencies, is_preferred });
    }
    all
}

#[track_caller]
fn check(wanted: &str, text: &str, expected: &str) {
    let wanted: crate::Wanted = format!("tools/{wanted}").parse().unwrap();
    let chosen = match resolve(&BTreeMap::from([(wanted.id, wanted.range)]), &candidates(text)) {
        Ok(choice) => choice
            .iter()
            .map(|(id, version)| format!("{} {version}", id.name))
            .collect::<Vec<_>>()
            .join(", "),
        Err(error) => error.to_string(),
    };
    assert_eq!(chosen, expected);
}

#[test]
fn the_newest_that_fits_is_chosen() {
    let versions = "a 1.0.0: b ^1\n a 1.1.0: b ^1\n a 2.0.0: b ^9\n b 1.0.0:\n b 1.3.0:\n b 2.0.0:";
    check("a", versions, "a 1.1.0, b 1.3.0");
    check("a@=1.0.0", versions, "a 1.0.0, b 1.3.0");
}

#[test]
fn what_is_in_use_stays_if_it_fits() {
    check("a", "a 1.0.0: b ^1\n b 1.0.0!:\n b 1.3.0:", "a 1.0.0, b 1.0.0");
    check("a", "a 1.0.0: b ^1.2\n b 1.0.0!:\n b 1.3.0:", "a 1.0.0, b 1.3.0");
}

#[test]
fn a_finished_version_comes_first() {
    check("a", "a 1.0.0:\n a 1.1.0-beta.1:", "a 1.0.0");
}

#[test]
fn a_conflict_says_why() {
    check(
        "a",
        "a 1.0.0: b ^1, c ^1\n b 1.0.0: c ^2\n c 1.0.0:\n c 2.0.0:",
        "no versions fit together:\nBecause tools/b >=1.0.0, <2.0.0 depends on tools/c >=2.0.0, \
         <3.0.0 and tools/a 1.0.0 depends on tools/b >=1.0.0, <2.0.0, tools/a 1.0.0 depends on \
         tools/c >=2.0.0, <3.0.0.\nAnd because tools/a 1.0.0 depends on tools/c >=1.0.0, <2.0.0 \
         and what you want depends on tools/a, what you want cannot be had.",
    );
    let none = "no versions fit together:\nwhat you want depends on tools/a >=3.0.0, <4.0.0, and \
                there is no such version";
    check("a@^3", "a 1.0.0:", none);
}

#[test]
fn a_circle_is_named() {
    check(
        "a",
        "a 1.0.0: b ^1\n b 1.0.0: c ^1\n c 1.0.0: b *",
        "extensions need each other in a circle: tools/b -> tools/c -> tools/b",
    );
}
