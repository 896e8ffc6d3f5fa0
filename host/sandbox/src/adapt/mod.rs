//! What was written for other hosts, run by this one: one file for each
//! interface.

pub(crate) mod abi_v1;
