//! Who goes by which name: from what was found to candidates with a name, of
//! which one is left for each.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use ctx_model::{ExtensionName, Layer, Manifest};

use crate::catalog::Problem;
use crate::commands;
use crate::discover::{Body, Candidate, Found};
use crate::manifest;

/// A candidate whose name is known.
pub(super) struct Named {
    pub(super) name: ExtensionName,
    pub(super) place: String,
    pub(super) layer: Layer,
    /// How far it is, within its layer.
    distance: u8,
    pub(super) candidate: Candidate,
    pub(super) manifest: Manifest,
    /// What was passed over in it.
    pub(super) notes: Vec<String>,
}

/// Reads the manifests. `is_open` passes over what harms nobody.
pub(super) fn name_all(found: Vec<Found>, is_open: bool) -> (Vec<Named>, Vec<Problem>) {
    let (mut named, mut problems) = (Vec::new(), Vec::new());
    for Found { name: given, place, stem, layer, distance, candidate } in found {
        let read = candidate.map_err(|why| (why, "mend it or take it away".to_owned())).and_then(
            |candidate| {
                let parse = |text: &str| {
                    if is_open {
                        manifest::parse_open(text)
                    } else {
                        manifest::parse(text).map(|manifest| (manifest, Vec::new()))
                    }
                };
                let (manifest, notes) = match (&candidate.body, &candidate.manifest) {
                    (Body::Commands(plugin), _) => (commands::manifest(plugin), Vec::new()),
                    (_, Some(text)) => parse(text).map_err(|error| {
                        let near = match &error {
                            manifest::ManifestError::UnknownKey { near: Some(near), .. } => {
                                format!("did you mean `{near}`?")
                            }
                            _ => "mend its manifest".to_owned(),
                        };
                        (error.to_string(), near)
                    })?,
                    (_, None) => (Manifest::default(), Vec::new()),
                };
                let name = match given.or_else(|| manifest.name.clone()) {
                    Some(name) => name,
                    None => ExtensionName::from_stem(&candidate.stem).map_err(|error| {
                        (error.to_string(), "rename it, or give its manifest a `name`".to_owned())
                    })?,
                };
                let place = place.clone();
                Ok(Named { name, place, layer, distance, candidate, manifest, notes })
            },
        );
        match read {
            Ok(one) => named.push(one),
            Err((why, help)) => problems.push(Problem {
                name: stem,
                place,
                layer,
                why,
                help,
                still_running: None,
                tried: None,
            }),
        }
    }
    (named, problems)
}

pub(super) type Shadowed = Vec<(ExtensionName, String)>;

/// Of two with one name in one layer neither is installed; across layers the
/// nearer one hides the other, and nearest is what the config names outright.
pub(super) fn settle(named: Vec<Named>, problems: &mut Vec<Problem>) -> (Vec<Named>, Shadowed) {
    let mut by_name: BTreeMap<ExtensionName, Vec<Named>> = BTreeMap::new();
    for one in named {
        by_name.entry(one.name.clone()).or_default().push(one);
    }
    let (mut kept, mut shadowed) = (Vec::new(), Vec::new());
    for (name, mut all) in by_name {
        let reach = |one: &Named| (one.layer, one.candidate.entry.is_some(), Reverse(one.distance));
        let nearest = all.iter().map(reach).max().expect("a group has a member");
        let (near, far): (Vec<_>, Vec<_>) = all.drain(..).partition(|one| reach(one) == nearest);
        shadowed.extend(far.into_iter().map(|one| (name.clone(), one.place)));
        if near.len() == 1 {
            kept.extend(near);
            continue;
        }
        for one in &near {
            let others: Vec<&str> = near
                .iter()
                .filter(|other| other.place != one.place)
                .map(|other| other.place.as_str())
                .collect();
            let why = format!("`{}` has the same name, so neither is used", others.join("`, `"));
            problems.push(problem(one, &why, "rename one, or give its manifest another `name`"));
        }
    }
    (kept, shadowed)
}

/// Says what is wrong with a candidate.
pub(super) fn problem(one: &Named, why: &str, help: &str) -> Problem {
    Problem {
        name: one.name.to_string(),
        place: one.place.clone(),
        layer: one.layer,
        why: why.to_owned(),
        help: help.to_owned(),
        still_running: None,
        tried: None,
    }
}
