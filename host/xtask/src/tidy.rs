//! `cargo xtask tidy`: what no compiler checks. Each rule is a function from
//! the files of the checkout to the places where it is broken.

mod arrows;
mod code;
mod contract;
mod markdown;
mod parity;
mod places;
mod promises;
mod words;

use anyhow::{Result, bail};

use crate::project::Project;
use crate::report::complain;
use crate::tree::{self, File};

/// A place where a rule is broken.
pub(crate) struct Broken {
    /// A path, with a line if there is one.
    place: String,
    what: String,
}

impl Broken {
    fn file(path: &str, what: impl Into<String>) -> Self {
        Self { place: path.to_owned(), what: what.into() }
    }

    fn line(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { place: format!("{path}:{line}"), what: what.into() }
    }
}

/// Checks everything and names all that is wrong.
pub(crate) fn run(project: &Project) -> Result<()> {
    let files = tree::files(&project.root)?;
    let mut broken = Vec::new();
    broken.extend(arrows::check(project)?);
    broken.extend(code::check(&files));
    broken.extend(contract::check(&files));
    broken.extend(markdown::check(&files));
    broken.extend(parity::check(&files));
    broken.extend(places::check(&files));
    broken.extend(promises::check(&files));
    broken.extend(words::check(&files));
    for Broken { place, what } in &broken {
        complain(&format!("{place}: {what}"));
    }
    match broken.len() {
        0 => Ok(()),
        1 => bail!("1 place is not tidy"),
        count => bail!("{count} places are not tidy"),
    }
}

/// Finds a file by its path.
fn find<'a>(files: &'a [File], path: &str) -> Option<&'a File> {
    files.iter().find(|file| file.path == path)
}
