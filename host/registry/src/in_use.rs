//! What of the registries is in use: tools and agents that lie in them, and
//! what the lock names. Connectors need settings, so the config names them.

use std::path::Path;

use ctx_model::{Layer, Registered, Registries, RegistryPlaces, RegistryWatch, Role};

use crate::lock::{self, Lock};
use crate::manifest::Entry;
use crate::precedence::{distance, winners};
use crate::shelf::{Shelf, shelves};
use crate::store;

/// Looks registries up on this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct InUse;

/// How far what the lock names is: behind what the project overrides, and
/// before any registry.
const LOCKED: u8 = 2;

impl Registries for InUse {
    fn registered(&self, places: &RegistryPlaces<'_>) -> Vec<Registered> {
        let mut all = locked(places);
        let shelves = shelves(places);
        let taken: Vec<String> = all.iter().map(|one| one.name.clone()).collect();
        let mut names = std::collections::BTreeSet::new();
        for link in winners(&shelves) {
            let name = link.entry.id.name.to_lowercase();
            let is_plain = link.entry.id.role != Role::Connector
                && Path::new(&link.entry.path).extension() != Some("toml".as_ref());
            let distance = distance(&link.shelf.registry);
            let is_hidden = taken.contains(&name) && distance > LOCKED;
            // Of a tool and an agent of one name, the agent comes first.
            if !is_plain || is_hidden || !names.insert(name) {
                continue;
            }
            all.push(registered(link.shelf, link.entry));
        }
        // An override of a connector is one that the lock names.
        for shelf in shelves.iter().filter(|shelf| distance(&shelf.registry) < LOCKED) {
            for entry in shelf.entries.values().filter(|entry| entry.id.role == Role::Connector) {
                if taken.contains(&entry.id.name) {
                    all.push(registered(shelf, entry));
                }
            }
        }
        all
    }

    fn watched(&self, places: &RegistryPlaces<'_>) -> RegistryWatch {
        let own = places.workspace.join(crate::shelf::FOLDER);
        let folders = places.registries.iter().map(|registry| registry.path.clone());
        let own_folders = crate::id::ROLES.iter().map(|role| own.join(format!("{role}s")));
        RegistryWatch {
            files: vec![lock::path(places.workspace)],
            folders: folders.chain(own_folders).collect(),
        }
    }
}

fn registered(shelf: &Shelf, entry: &Entry) -> Registered {
    let folder = shelf.folder(entry).map_err(|error| {
        let help = format!("tell who keeps the registry `{}`", shelf.registry.name);
        (error.to_string(), help)
    });
    let shown = folder.as_deref().unwrap_or(&shelf.registry.path).display().to_string();
    Registered {
        name: entry.id.name.clone(),
        place: shown,
        registry: shelf.registry.name.clone(),
        folder,
        layer: shelf.registry.layer,
        distance: distance(&shelf.registry),
    }
}

fn locked(places: &RegistryPlaces<'_>) -> Vec<Registered> {
    let lock = match Lock::read(places.workspace) {
        Ok(lock) => lock,
        Err(error) => {
            return vec![Registered {
                name: "ctx-lock".to_owned(),
                place: lock::path(places.workspace).display().to_string(),
                registry: String::new(),
                folder: Err((
                    error.to_string(),
                    "mend it, or run `ctx registry rollback`".to_owned(),
                )),
                layer: Layer::Workspace,
                distance: LOCKED,
            }];
        }
    };
    let one = |pin: &lock::Pin| {
        let folder = store::folder(places.data, &pin.sha256);
        let place = folder.display().to_string();
        let folder = if folder.is_dir() {
            Ok(folder)
        } else {
            let why =
                format!("{} {} is in `ctx.lock` and not on this machine", pin.id, pin.version);
            Err((why, "run `ctx registry install --frozen`".to_owned()))
        };
        Registered {
            name: pin.id.name.clone(),
            place,
            registry: pin.registry.clone(),
            folder,
            layer: Layer::Workspace,
            distance: LOCKED,
        }
    };
    lock.pins.iter().map(one).collect()
}
