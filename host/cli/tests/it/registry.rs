//! Registries as a new user meets them: a bare repository served by git's own
//! daemon on loopback, and everything that can be done with it.

mod bad_input;
mod following;
mod from_context_harness;
mod no_room;
mod served;
mod walk;
