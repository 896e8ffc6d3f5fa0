//! Who holds which address. Of two extensions that claim one, the nearer layer
//! has it, and of one layer the first by name; the other's goes by its longer
//! address, which every resource of an extension has.

use std::collections::BTreeMap;
use std::sync::Arc;

use ctx_model::{ExtensionName, Layer, ResourceInfo, TemplateInfo};

use super::template::Template;
use crate::catalog::{Catalog, Installed};

/// What the longer address of a resource begins with: `ctx://extension/NAME/`
/// stands in front of the extension's own.
const LONGER: &str = "ctx://extension/";

/// Addresses and who holds them.
#[derive(Default)]
pub(crate) struct Held {
    /// By the address that they go by.
    resources: BTreeMap<String, (ExtensionName, usize)>,
    /// In the order in which they are tried.
    templates: Vec<Placed>,
}

/// Who serves a template, the template as it says itself, and what stands in
/// its places.
type Fitting<'a> = (&'a Arc<Installed>, String, Vec<(String, String)>);

struct Placed {
    /// The template that it goes by.
    shown: String,
    extension: ExtensionName,
    at: usize,
    template: Template,
}

/// An address that somebody holds.
pub(crate) struct Found {
    pub(crate) extension: Arc<Installed>,
    /// The extension's own address.
    pub(crate) uri: String,
    pub(crate) template: Option<String>,
    pub(crate) variables: Vec<(String, String)>,
    /// What stands in front of the extension's own addresses here.
    pub(crate) prefix: Option<String>,
}

impl Held {
    pub(crate) fn of(installed: &BTreeMap<ExtensionName, Arc<Installed>>) -> Self {
        let mut holders: Vec<&Arc<Installed>> = installed.values().collect();
        // The sort is stable, and names are in order.
        holders.sort_by_key(|extension| distance(extension.layer));
        let mut held = Self::default();
        for extension in holders {
            let name = &extension.name;
            for (at, info) in extension.holdings.resources.iter().enumerate() {
                let is_free = !held.resources.contains_key(&info.uri);
                let uri = if is_free { info.uri.clone() } else { longer(name, &info.uri) };
                held.resources.insert(uri, (name.clone(), at));
            }
            for (at, info) in extension.holdings.templates.iter().enumerate() {
                // One that cannot be read was refused with its extension.
                let Ok(template) = Template::parse(&info.uri_template) else { continue };
                let is_free = held.templates.iter().all(|one| one.shown != info.uri_template);
                let shown = &info.uri_template;
                let shown = if is_free { shown.clone() } else { longer(name, shown) };
                held.templates.push(Placed { shown, extension: name.clone(), at, template });
            }
        }
        held
    }
}

impl Catalog {
    /// Lists the resources of extensions in order of their addresses.
    pub fn resources(&self) -> impl Iterator<Item = (&Arc<Installed>, &str, &ResourceInfo)> {
        self.held.resources.iter().map(|(uri, (extension, at))| {
            let extension = &self.installed[extension];
            (extension, uri.as_str(), &extension.holdings.resources[*at])
        })
    }

    /// Lists the templates of extensions, in the order in which they are tried.
    pub fn templates(&self) -> impl Iterator<Item = (&Arc<Installed>, &str, &TemplateInfo)> {
        self.held.templates.iter().map(|placed| {
            let extension = &self.installed[&placed.extension];
            (extension, placed.shown.as_str(), &extension.holdings.templates[placed.at])
        })
    }

    /// Whether an extension holds an address, listed or not.
    pub fn holds(&self, uri: &str) -> bool {
        self.resource(uri).is_some()
    }

    /// Returns who holds an address.
    pub fn holder(&self, uri: &str) -> Option<Arc<Installed>> {
        self.resource(uri).map(|found| found.extension)
    }

    /// Returns by which addresses clients know one that an extension names.
    pub fn shown_at(&self, extension: &ExtensionName, uri: &str) -> Vec<String> {
        let longer = longer(extension, uri);
        let is_its = |found: &Found| found.extension.name == *extension;
        if self.resource(uri).as_ref().is_some_and(is_its) {
            vec![uri.to_owned(), longer]
        } else {
            vec![longer]
        }
    }

    /// Finds who holds an address.
    pub(crate) fn resource(&self, uri: &str) -> Option<Found> {
        if let Some(rest) = uri.strip_prefix(LONGER) {
            let (name, own) = rest.split_once('/')?;
            let extension = self.extension(name)?;
            let prefix = Some(uri[..uri.len() - own.len()].to_owned());
            let is_listed = extension.holdings.resources.iter().any(|info| info.uri == own);
            let (template, variables) = match self.fitting(own, Some(&extension.name)) {
                _ if is_listed => (None, Vec::new()),
                Some((_, template, variables)) => (Some(template), variables),
                None => return None,
            };
            let (extension, uri) = (extension.clone(), own.to_owned());
            return Some(Found { extension, uri, template, variables, prefix });
        }
        let own = |extension: &Arc<Installed>| (extension.clone(), uri.to_owned());
        if let Some((name, _)) = self.held.resources.get(uri) {
            let (extension, uri) = own(self.installed.get(name)?);
            return Some(Found {
                extension,
                uri,
                template: None,
                variables: Vec::new(),
                prefix: None,
            });
        }
        let (extension, template, variables) = self.fitting(uri, None)?;
        let (extension, uri) = own(extension);
        Some(Found { extension, uri, template: Some(template), variables, prefix: None })
    }

    /// Finds a template by what it goes by: the extension, and its own.
    pub(crate) fn template(&self, shown: &str) -> Option<(&Arc<Installed>, String)> {
        let placed = self.held.templates.iter().find(|placed| placed.shown == shown)?;
        let extension = self.installed.get(&placed.extension)?;
        Some((extension, extension.holdings.templates[placed.at].uri_template.clone()))
    }

    /// Finds the first template that an address fits, of one extension or of
    /// all.
    fn fitting(&self, uri: &str, of: Option<&ExtensionName>) -> Option<Fitting<'_>> {
        let tried = self.held.templates.iter();
        let tried = tried.filter(|placed| of.is_none_or(|name| *name == placed.extension));
        for placed in tried {
            if let Some(variables) = placed.template.variables(uri) {
                let extension = self.installed.get(&placed.extension)?;
                let own = extension.holdings.templates[placed.at].uri_template.clone();
                return Some((extension, own, variables));
            }
        }
        None
    }
}

fn longer(extension: &ExtensionName, uri: &str) -> String {
    format!("{LONGER}{extension}/{uri}")
}

fn distance(layer: Layer) -> u8 {
    match layer {
        Layer::Workspace => 0,
        Layer::User => 1,
        Layer::Native | Layer::Bundled => 2,
    }
}
