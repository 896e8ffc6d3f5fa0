//! `wit/`: everything is documented and gated, and each file of the sandbox
//! that lends or calls something has its interface.

use super::{Broken, find};
use crate::tree::File;
use crate::wit::{self, Item, Kind};

/// The sandbox's folders: what imports are lent in, and what exports are
/// called from.
const LEND: &str = "host/sandbox/src/lend/";
const ROLES: &str = "host/sandbox/src/roles/";

/// Files there that are no interface of ours: the folder's own, the walk that
/// `files` opens, and what WASI brings.
const NO_INTERFACE: [&str; 5] = ["mod", "walk", "http", "stdio", "clocks"];

/// An export that the sandbox asks before it knows any role.
const NO_ROLE: &str = "roles";

pub(super) fn check(files: &[File]) -> Vec<Broken> {
    let mut broken = Vec::new();
    let mut worlds = Vec::new();
    for file in files.iter().filter(|file| is_ours(file)) {
        let items = wit::parse(file.text());
        for item in items {
            documented(file, &item, &mut broken);
            if item.kind == Kind::World {
                worlds.push(item);
            }
        }
    }
    let imports = ports(&worlds, "import ");
    let exports = ports(&worlds, "export ");
    correspond(files, LEND, &imports, &mut broken);
    correspond(files, ROLES, &exports, &mut broken);
    broken
}

fn is_ours(file: &File) -> bool {
    file.is("wit") && file.path.starts_with("wit/") && !file.path.starts_with("wit/deps/")
}

fn documented(file: &File, item: &Item, broken: &mut Vec<Broken>) {
    let needs_docs = !matches!(item.kind, Kind::Package | Kind::Use | Kind::Port | Kind::Part);
    let needs_since = !matches!(item.kind, Kind::Package | Kind::Port | Kind::Part);
    let shown = format!("{} `{}`", item.kind.word(), item.name);
    if needs_docs && item.docs.is_empty() {
        broken.push(Broken::line(&file.path, item.line, format!("{shown} has no `///`")));
    }
    if needs_since && !item.since {
        broken.push(Broken::line(&file.path, item.line, format!("{shown} has no `@since`")));
    }
    for inner in &item.items {
        documented(file, inner, broken);
    }
}

/// Names the interfaces of this package that worlds import or export.
fn ports(worlds: &[Item], direction: &str) -> Vec<String> {
    let mut names: Vec<String> = worlds
        .iter()
        .flat_map(|world| &world.items)
        .filter(|port| port.text.starts_with(direction) && !port.name.contains(':'))
        .map(|port| port.name.clone())
        .filter(|name| name != NO_ROLE)
        .collect();
    names.sort();
    names.dedup();
    names
}

fn correspond(files: &[File], folder: &str, interfaces: &[String], broken: &mut Vec<Broken>) {
    for file in files {
        let Some(name) = file.path.strip_prefix(folder) else { continue };
        let Some(name) = name.strip_suffix(".rs").filter(|name| !name.contains('/')) else {
            continue;
        };
        let interface = name.replace('_', "-");
        if !NO_INTERFACE.contains(&name) && !interfaces.contains(&interface) {
            broken
                .push(Broken::file(&file.path, format!("no world has an interface `{interface}`")));
        }
    }
    for interface in interfaces {
        let path = format!("{folder}{}.rs", interface.replace('-', "_"));
        if find(files, &path).is_none() {
            broken.push(Broken::file(&path, format!("the interface `{interface}` has no file")));
        }
    }
}
