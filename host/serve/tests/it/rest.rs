//! REST as programs speak it, and what every route owes whoever comes.

mod calls;
mod capabilities;
mod counted;
mod crowded;
mod described;
mod gathered;
mod halted;
mod hooked;
mod refused;
mod rude;
pub(crate) mod served;
mod stopping;
mod strangers;
mod traced;
pub(crate) mod wire;
