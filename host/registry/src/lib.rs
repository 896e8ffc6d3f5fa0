//! Registries: where extensions are found, which versions fit together, whom
//! to trust, and what is in use.
//!
//! What decides is pure and stands apart from what clones, fetches and
//! activates. Nothing here runs an extension.

pub mod archive;
mod canonical;
mod clones;
mod config_file;
mod contained;
mod copies;
pub mod embedded;
mod error;
mod fetch;
mod id;
mod in_place;
mod in_use;
pub mod index;
mod key;
pub mod keys;
mod lock;
pub mod manifest;
mod packing;
mod plan;
mod precedence;
mod record;
pub mod resolve;
mod rules;
pub mod seen;
mod shelf;
pub mod store;
mod universe;
mod widening;
mod yanking;

pub use canonical::canonical;
pub use clones::{Cloned, clone_into, install, update, update_if_older};
pub use config_file::{
    Added, add_registry, add_section, has_section, remove_section, section_text, section_value,
};
pub use contained::{inside, is_contained, link_in};
pub use copies::{Copied, copy, lay_out};
pub use error::RegistryError;
pub use fetch::fetch;
pub use id::{Id, Wanted};
pub use in_place::{lying, settle_all};
pub use in_use::InUse;
pub use key::{Signature, SigningKey, check as check_signature, is_public_key};
pub use lock::{Found, Lock, Pin, path as lock_path, roll_back};
pub use packing::{Packed, Told, pack};
pub use plan::{Intent, Plan, Step, plan};
pub use precedence::{Link, chain, distance, reason, winners};
pub use record::{
    Built, Conformance, Kind, Line, Record, Yank, parse as parse_record, signed_bytes,
};
pub use rules::{Breach, Verdict, check as check_rules};
pub use shelf::{PROJECT, Shelf, shelves};
pub use universe::{SpeaksContract, Universe, find};
pub use widening::{Change, Power, compare, widens};
pub use yanking::hold as hold_yanks;
