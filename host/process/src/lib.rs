//! Native programs, for operators who allow them by name and digest: run in a
//! process group of their own, within time and output, as confined as the
//! kernel can. Knows no manifest, no config and no extension.

mod confine;
mod group;
mod run;
mod streams;

pub use confine::bounds::{FILE, PROCESSES};
pub use confine::{Confinement, Permissions, confinement};
pub use run::{Ended, Program, run};
