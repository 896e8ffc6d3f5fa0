//! The host behind every verb here.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use ctx_core::{BundledExtension, Host, HostOptions, NativeExtension, Observer, Places};

use crate::config::Config;

/// Opens the host of a workspace, with extensions of the program's own.
pub(crate) fn host(
    config: &Config,
    mut native: Vec<NativeExtension>,
    observer: Option<Arc<dyn Observer>>,
) -> Result<Arc<Host>> {
    let places = Places::from_environment().context("the user's folders cannot be found")?;
    native.insert(0, ctx_core::builtin());
    let bundled = ctx_bundle::EXTENSIONS
        .iter()
        .map(|one| BundledExtension { name: one.name, component: one.bytes })
        .collect();
    let options = HostOptions {
        config: Some(config.file.clone()),
        bundled,
        native,
        checkout: Some(Arc::new(ctx_git::Mirrors)),
        observer,
        ..HostOptions::new(&config.workspace, places)
    };
    Ok(Arc::new(Host::open(options).context("the workspace cannot be opened")?))
}
