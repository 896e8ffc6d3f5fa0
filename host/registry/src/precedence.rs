//! Which of two extensions of one name is meant, and why. Decided by the names
//! of registries alone, so that it is the same in every process.

use ctx_model::Registry;

use crate::id::Id;
use crate::manifest::Entry;
use crate::shelf::{PROJECT, Shelf};

/// One place in which an extension was found, the nearest first.
#[derive(Debug, Clone)]
pub struct Link<'a> {
    pub shelf: &'a Shelf,
    pub entry: &'a Entry,
}

/// How far a registry is: the project's own, a personal one, what else may be
/// written to, a company's, and the community's.
pub fn distance(registry: &Registry) -> u8 {
    match registry.name.as_str() {
        PROJECT => 1,
        "personal" => 3,
        "community" => 6,
        "company" => 5,
        _ if registry.readonly => 5,
        _ => 4,
    }
}

/// Says why a registry stands where it does.
pub fn reason(registry: &Registry) -> &'static str {
    match distance(registry) {
        1 => "the project's own folder",
        3 => "your personal registry",
        4 => "a registry that may be written to",
        5 => "a shared registry",
        _ => "the community's registry",
    }
}

/// Puts the nearest first; of two that are equally far, the one whose name
/// comes first.
pub(crate) fn sort(registries: &mut [Registry]) {
    registries.sort_by(|a, b| (distance(a), &a.name).cmp(&(distance(b), &b.name)));
}

/// Lists every place in which an extension is, the winner first.
pub fn chain<'a>(shelves: &'a [Shelf], id: &Id) -> Vec<Link<'a>> {
    let link = |shelf: &'a Shelf| Some(Link { shelf, entry: shelf.entries.get(id)? });
    shelves.iter().filter_map(link).collect()
}

/// Lists the winners, by name.
pub fn winners(shelves: &[Shelf]) -> Vec<Link<'_>> {
    let mut all: std::collections::BTreeMap<&Id, Link<'_>> = std::collections::BTreeMap::new();
    for shelf in shelves {
        for (id, entry) in &shelf.entries {
            all.entry(id).or_insert(Link { shelf, entry });
        }
    }
    all.into_values().collect()
}
