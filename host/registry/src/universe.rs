//! Everything that could be chosen for what is wanted: the versions of each
//! extension, from the nearest registry that has any, and of all that they
//! need. One extension never comes from two registries.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};

use crate::error::RegistryError;
use crate::id::Id;
use crate::in_place;
use crate::index::{self, Known, Versions};
use crate::lock::Lock;
use crate::resolve::{Candidate, Candidates};
use crate::shelf::Shelf;
use crate::yanking;

/// The version of the contract that this host speaks is held against a
/// record's range by whoever calls.
pub type SpeaksContract<'a> = &'a dyn Fn(&str) -> bool;

/// What could be chosen, and where it is from.
pub struct Universe<'a> {
    pub candidates: Candidates,
    pub found: BTreeMap<Id, (&'a Shelf, Versions)>,
    /// Why versions were left out, in words.
    pub left_out: Vec<String>,
}

/// Finds the nearest registry that has versions of an extension.
pub fn find<'a>(
    shelves: &'a [Shelf],
    id: &Id,
) -> Result<Option<(&'a Shelf, Versions)>, RegistryError> {
    for shelf in shelves {
        if let Some(versions) = index::read(&shelf.registry.path, id)? {
            return Ok(Some((shelf, versions)));
        }
    }
    Ok(None)
}

impl<'a> Universe<'a> {
    /// Gathers what could be chosen. What the lock names is preferred, but for
    /// what `is_renewed` says.
    pub fn gather(
        shelves: &'a [Shelf],
        wanted: &BTreeMap<Id, VersionReq>,
        lock: &Lock,
        is_renewed: &dyn Fn(&Id) -> bool,
        keys: &dyn Fn(&Shelf) -> Vec<String>,
        speaks: SpeaksContract<'_>,
    ) -> Result<Self, RegistryError> {
        let mut universe =
            Self { candidates: Candidates::new(), found: BTreeMap::new(), left_out: Vec::new() };
        let mut next: Vec<Id> = wanted.keys().cloned().collect();
        while let Some(id) = next.pop() {
            if universe.candidates.contains_key(&id) {
                continue;
            }
            let pin = lock.pin(&id).filter(|_| !is_renewed(&id));
            let Some((shelf, mut versions)) = find(shelves, &id)? else {
                // What is in use stays so, though its registry is gone.
                let kept = lock.pin(&id).map(|pin| Candidate {
                    version: pin.version.clone(),
                    dependencies: BTreeMap::new(),
                    is_preferred: true,
                });
                universe.candidates.insert(id, kept.into_iter().collect());
                continue;
            };
            yanking::hold(&id, &versions, &keys(shelf))?;
            let gone = in_place::settle_all(&shelf.registry.path, &mut versions)?;
            let mut usable = Vec::new();
            for known in versions.all.values() {
                let is_here = lock.pin(&id).is_some_and(|pin| pin.version == known.record.version);
                let gone = gone.get(&known.record.version).filter(|_| !is_here).cloned();
                let why = unusable(&id, known, speaks).map(|why| why.to_string()).or(gone);
                if let Some(why) = why {
                    universe.left_out.push(why);
                    continue;
                }
                let dependencies = known.record.dependencies.clone();
                next.extend(dependencies.keys().filter_map(|id| id.parse().ok()));
                let version = known.record.version.clone();
                let is_preferred = pin.is_some_and(|pin| pin.version == version);
                usable.push(Candidate { version, dependencies, is_preferred });
            }
            universe.candidates.insert(id.clone(), usable);
            universe.found.insert(id, (shelf, versions));
        }
        Ok(universe)
    }

    /// Returns what is known of a version that was chosen.
    pub fn known(&self, id: &Id, version: &Version) -> Option<(&'a Shelf, &Known)> {
        let (shelf, versions) = self.found.get(id)?;
        Some((shelf, versions.all.get(version)?))
    }
}

/// Says why a version cannot be chosen here, if it cannot.
fn unusable(id: &Id, known: &Known, speaks: SpeaksContract<'_>) -> Option<RegistryError> {
    let record = &known.record;
    let (id, version) = (id.to_string(), record.version.to_string());
    if let Some(reason) = &known.yanked {
        return Some(RegistryError::Yanked { id, version, reason: reason.clone() });
    }
    let ours = Version::parse(env!("CARGO_PKG_VERSION")).ok()?;
    if let Some(wanted) = record.min_ctx.as_ref().filter(|wanted| **wanted > ours) {
        return Some(RegistryError::TooOld { id, version, wanted: wanted.to_string() });
    }
    let range = record.contract.as_ref().filter(|range| !speaks(range))?;
    Some(RegistryError::Refused(format!("`{id}` {version} wants the contract {range}")))
}
