//! What a command would change, before anything is fetched: which versions,
//! from where, signed by whom, and what they ask for.

use std::collections::BTreeMap;

use ctx_model::Trust;
use semver::{Version, VersionReq};

use crate::error::RegistryError;
use crate::id::{Id, Wanted};
use crate::index::Known;
use crate::key::{self, Signature};
use crate::lock::{Lock, Pin};
use crate::resolve::{Choice, resolve};
use crate::shelf::Shelf;
use crate::universe::{SpeaksContract, Universe};
use crate::widening::{Power, compare, widens};

/// What somebody wants changed.
#[derive(Debug, Clone)]
pub enum Intent {
    /// These as well, in these versions.
    Add(Vec<Wanted>),
    /// The newest of these, or of all.
    Update(Option<Vec<Id>>),
    /// Not these any more.
    Remove(Vec<Id>),
}

/// What would change.
#[derive(Debug)]
pub struct Plan<'a> {
    pub steps: Vec<Step<'a>>,
    /// What would be in use no more.
    pub dropped: Vec<Pin>,
    /// What would be the lock.
    pub lock: Lock,
    /// Why versions were left out, in words.
    pub left_out: Vec<String>,
}

/// A version that would be taken into use.
#[derive(Debug)]
pub struct Step<'a> {
    pub id: Id,
    pub known: Known,
    pub shelf: &'a Shelf,
    /// The version that it would replace.
    pub from: Option<Pin>,
    pub powers: Vec<Power>,
    pub signature: Signature,
}

impl Step<'_> {
    /// Says why a person has to agree to this; nothing if none has to.
    pub fn asks(&self) -> Option<String> {
        let registry = &self.shelf.registry;
        if widens(&self.powers) {
            return Some(match self.from {
                Some(_) => "it asks for more than before".to_owned(),
                None => "it asks for powers".to_owned(),
            });
        }
        match self.signature {
            Signature::Unsigned if registry.unsigned == Trust::Ask => {
                Some("it is not signed".to_owned())
            }
            Signature::Signed { .. } | Signature::First { .. } if registry.signed == Trust::Ask => {
                Some(format!("`{}` asks for all that is signed", registry.name))
            }
            _ => None,
        }
    }
}

/// Works out what would change. `keys` are those that count for a registry.
pub fn plan<'a>(
    shelves: &'a [Shelf],
    lock: &Lock,
    intent: &Intent,
    keys: &dyn Fn(&Shelf) -> Vec<String>,
    speaks: SpeaksContract<'_>,
) -> Result<Plan<'a>, RegistryError> {
    let mut wanted: BTreeMap<Id, (VersionReq, String)> = BTreeMap::new();
    for pin in &lock.pins {
        if let Some(text) = &pin.wanted {
            let range = VersionReq::parse(text).unwrap_or(VersionReq::STAR);
            wanted.insert(pin.id.clone(), (range, text.clone()));
        }
    }
    match intent {
        Intent::Add(all) => {
            for one in all {
                wanted.insert(one.id.clone(), (one.range.clone(), one.range.to_string()));
            }
        }
        Intent::Update(_) => {}
        Intent::Remove(ids) => wanted.retain(|id, _| !ids.contains(id)),
    }
    let is_renewed = |id: &Id| match intent {
        Intent::Add(all) => all.iter().any(|one| one.id == *id),
        Intent::Update(only) => only.as_ref().is_none_or(|only| only.contains(id)),
        Intent::Remove(_) => false,
    };
    let ranges: BTreeMap<Id, VersionReq> =
        wanted.iter().map(|(id, (range, _))| (id.clone(), range.clone())).collect();
    let universe = Universe::gather(shelves, &ranges, lock, &is_renewed, keys, speaks)?;
    let choice = resolve(&ranges, &universe.candidates).map_err(|error| match error {
        RegistryError::Conflict { why } if !universe.left_out.is_empty() => {
            let left_out = universe.left_out.join("\n");
            RegistryError::Conflict { why: format!("{why}\nLeft out were:\n{left_out}") }
        }
        other => other,
    })?;
    from_choice(&universe, lock, &wanted, &choice, keys)
}

fn from_choice<'a>(
    universe: &Universe<'a>,
    lock: &Lock,
    wanted: &BTreeMap<Id, (VersionReq, String)>,
    choice: &Choice,
    keys: &dyn Fn(&Shelf) -> Vec<String>,
) -> Result<Plan<'a>, RegistryError> {
    let (mut steps, mut pins) = (Vec::new(), Vec::new());
    for (id, version) in choice {
        let before = lock.pin(id);
        let text = wanted.get(id).map(|(_, text)| text.clone());
        let Some((shelf, known)) = universe.known(id, version) else {
            pins.extend(before.map(|pin| Pin { wanted: text, ..pin.clone() }));
            continue;
        };
        if let Some(other) = pins.iter().find(|pin: &&Pin| pin.id.name == id.name) {
            let why = format!("`{}` and `{id}` would go by the same name", other.id);
            return Err(RegistryError::Refused(why));
        }
        let record = &known.record;
        let signature = key::check(&known.raw, &keys(shelf));
        let mut pin = Pin {
            id: id.clone(),
            version: version.clone(),
            registry: shelf.registry.name.clone(),
            sha256: record.sha256.clone(),
            wanted: text,
            key: record.key.clone(),
            requests: record.requests.clone(),
        };
        match before {
            Some(before) if before.version == *version => {
                // What was built counts in the lock, and is not in the registry
                // any more.
                if before.sha256 != record.sha256 && record.built.is_none() {
                    return Err(RegistryError::Digest {
                        id: id.to_string(),
                        version: version.to_string(),
                        wanted: before.sha256.clone(),
                        found: record.sha256.clone(),
                    });
                }
                pin.sha256.clone_from(&before.sha256);
                pin.registry.clone_from(&before.registry);
            }
            _ => {
                trusted(id, version, shelf, &signature, &keys(shelf))?;
                let requests = before.and_then(|pin| pin.requests.as_ref());
                steps.push(Step {
                    id: id.clone(),
                    known: known.clone(),
                    shelf,
                    from: before.cloned(),
                    powers: compare(requests, record.requests.as_ref()),
                    signature,
                });
            }
        }
        pins.push(pin);
    }
    let dropped = lock.pins.iter().filter(|pin| !choice.contains_key(&pin.id)).cloned().collect();
    let left_out = universe.left_out.clone();
    let lock = Lock { pins, found: lock.found.clone() };
    Ok(Plan { steps, dropped, lock, left_out })
}

/// Refuses what no answer of a person would make good.
fn trusted(
    id: &Id,
    version: &Version,
    shelf: &Shelf,
    signature: &Signature,
    keys: &[String],
) -> Result<(), RegistryError> {
    let (id, version) = (id.to_string(), version.to_string());
    let registry = &shelf.registry;
    let unsigned = |why: &str| RegistryError::Unsigned {
        id: id.clone(),
        version: version.clone(),
        registry: registry.name.clone(),
        why: why.to_owned(),
    };
    match signature {
        Signature::Failed { why } => {
            Err(RegistryError::Signature { id, version, why: why.clone() })
        }
        Signature::Unsigned if registry.unsigned == Trust::Refuse => {
            Err(unsigned("takes nothing that is not"))
        }
        // Whoever can write to it could take a signature away.
        Signature::Unsigned if registry.unsigned == Trust::Ask && !keys.is_empty() => {
            Err(unsigned("has a key"))
        }
        Signature::Signed { .. } | Signature::First { .. } if registry.signed == Trust::Refuse => {
            let name = &registry.name;
            Err(RegistryError::Refused(format!("the config refuses what `{name}` has signed")))
        }
        _ => Ok(()),
    }
}
