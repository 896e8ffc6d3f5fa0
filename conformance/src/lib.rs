//! The conformance suite, as a library: what an extension and a host have to
//! hold, checked the same way by `ctx conformance` and by the tests.
//!
//! It sees `ctx_core::Host` and nothing below it, and works on a fixture host:
//! never with the operator's grants, settings, documents or network.

mod case;
mod check;
mod conversation;
mod expected;
mod fixture;
mod generate;
mod heard;
mod identity;
mod lair;
mod made;
mod outcome;
mod report;
mod repository;
mod runners;
mod suite;
mod trial;
mod world;

pub use case::{
    Action, Case, Class, Expect, Law, Matter, Player, Probe, ProbeForm, Scene, Transform, Twin,
    cases,
};
pub use check::{Beside, Check, Status, Tried};
pub use conversation::{Named, Playback, Played, Unfound, conversations, extensions, play};
pub use expected::{Expected, baseline};
pub use fixture::Subject;
pub use identity::{Tested, version};
pub use report::{Line, Report};
pub use suite::{
    Options, Probes, check_component, check_extension, check_host, check_problem, subject,
};
