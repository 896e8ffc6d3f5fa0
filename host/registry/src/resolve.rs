//! Which versions fit together. Pure: versions in, a choice or the reason why
//! there is none out.

mod ranges;

use std::collections::{BTreeMap, BTreeSet};

use pubgrub::{
    DefaultStringReporter, Dependencies, DependencyProvider, OfflineDependencyProvider,
    PackageResolutionStatistics, PubGrubError, Ranges, Reporter as _, resolve as solve,
};
use semver::{Version, VersionReq};

use crate::error::RegistryError;
use crate::id::Id;

/// A version that may be chosen.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub version: Version,
    pub dependencies: BTreeMap<String, VersionReq>,
    /// Chosen before any other that fits: it is in use already.
    pub is_preferred: bool,
}

/// Everything that may be chosen, by extension.
pub type Candidates = BTreeMap<Id, Vec<Candidate>>;

/// What was chosen.
pub type Choice = BTreeMap<Id, Version>;

/// What nobody wants, and everything is wanted for.
const ROOT: &str = "what you want";

type Set = Ranges<Version>;

struct Provider {
    known: OfflineDependencyProvider<String, Set>,
    preferred: BTreeSet<(String, Version)>,
}

/// Chooses the newest versions that fit, and keeps what is preferred where it
/// does.
pub fn resolve(
    wanted: &BTreeMap<Id, VersionReq>,
    candidates: &Candidates,
) -> Result<Choice, RegistryError> {
    let mut known = OfflineDependencyProvider::<String, Set>::new();
    let mut preferred = BTreeSet::new();
    for (id, versions) in candidates {
        for one in versions {
            let dependencies: Vec<(String, Set)> = one
                .dependencies
                .iter()
                .map(|(id, range)| (id.clone(), ranges::of(range, known_of(candidates, id))))
                .collect();
            known.add_dependencies(id.to_string(), one.version.clone(), dependencies);
            if one.is_preferred {
                preferred.insert((id.to_string(), one.version.clone()));
            }
        }
    }
    let nothing = Version::new(0, 0, 0);
    let roots: Vec<(String, Set)> = wanted
        .iter()
        .map(|(id, range)| {
            (id.to_string(), ranges::of(range, known_of(candidates, &id.to_string())))
        })
        .collect();
    known.add_dependencies(ROOT.to_owned(), nothing.clone(), roots);
    let provider = Provider { known, preferred };
    let solution = solve(&provider, ROOT.to_owned(), nothing).map_err(|error| match error {
        PubGrubError::NoSolution(mut tree) => {
            tree.collapse_no_versions();
            RegistryError::Conflict { why: words(&DefaultStringReporter::report(&tree)) }
        }
        other => RegistryError::Conflict { why: other.to_string() },
    })?;
    let mut choice = Choice::new();
    for (name, version) in solution {
        if name != ROOT {
            choice.insert(name.parse()?, version);
        }
    }
    if let Some(circle) = circle(&choice, candidates) {
        return Err(RegistryError::Cycle { circle: circle.join(" -> ") });
    }
    Ok(choice)
}

fn known_of<'a>(candidates: &'a Candidates, id: &str) -> impl Iterator<Item = &'a Version> {
    let versions = id.parse::<Id>().ok().and_then(|id| candidates.get(&id));
    versions.into_iter().flatten().map(|one| &one.version)
}

/// Takes the version of the root, which is none, out of an explanation.
fn words(report: &str) -> String {
    // Of a single step the reporter says the half that is known.
    let nothing = if report.contains("Because") { "" } else { ", and there is no such version" };
    let report = format!("{report}{nothing}");
    report
        .replace(&format!("{ROOT} 0.0.0"), ROOT)
        .replace(&format!("{ROOT} is forbidden"), &format!("{ROOT} cannot be had"))
}

/// Finds extensions that need each other in a circle.
fn circle(choice: &Choice, candidates: &Candidates) -> Option<Vec<String>> {
    let needs = |id: &Id| -> Vec<Id> {
        let version = choice.get(id);
        let all = candidates.get(id).into_iter().flatten();
        let one = all.filter(|one| Some(&one.version) == version);
        one.flat_map(|one| one.dependencies.keys()).filter_map(|id| id.parse().ok()).collect()
    };
    let mut done = BTreeSet::new();
    for start in choice.keys() {
        // Each with what it still has to look at.
        let mut path: Vec<(Id, Vec<Id>)> = vec![(start.clone(), needs(start))];
        while let Some((_, rest)) = path.last_mut() {
            let Some(next) = rest.pop() else {
                let (id, _) = path.pop().expect("the path has an end");
                done.insert(id);
                continue;
            };
            if let Some(at) = path.iter().position(|(id, _)| *id == next) {
                let mut names: Vec<String> =
                    path[at..].iter().map(|(id, _)| id.to_string()).collect();
                names.push(next.to_string());
                return Some(names);
            }
            if !done.contains(&next) {
                let needed = needs(&next);
                path.push((next, needed));
            }
        }
    }
    None
}

impl DependencyProvider for Provider {
    type P = String;
    type V = Version;
    type VS = Set;
    type M = String;
    type Err = std::convert::Infallible;
    type Priority = <OfflineDependencyProvider<String, Set> as DependencyProvider>::Priority;

    fn choose_version(&self, package: &String, range: &Set) -> Result<Option<Version>, Self::Err> {
        let kept = self
            .preferred
            .iter()
            .find(|(name, version)| name == package && range.contains(version));
        if let Some((_, version)) = kept {
            return Ok(Some(version.clone()));
        }
        // A finished version comes before one that is not.
        let versions = || self.known.versions(package).into_iter().flatten();
        let fits = |version: &&Version| range.contains(version);
        let finished = versions().filter(|one| one.pre.is_empty()).filter(fits).max();
        Ok(finished.or_else(|| versions().filter(fits).max()).cloned())
    }

    fn prioritize(
        &self,
        package: &String,
        range: &Set,
        statistics: &PackageResolutionStatistics,
    ) -> Self::Priority {
        self.known.prioritize(package, range, statistics)
    }

    fn get_dependencies(
        &self,
        package: &String,
        version: &Version,
    ) -> Result<Dependencies<String, Set, String>, Self::Err> {
        self.known.get_dependencies(package, version)
    }
}

#[cfg(test)]
mod tests;
