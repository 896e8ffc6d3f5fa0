//! Makes ever more small things, each of which is held by another.

use std::collections::BTreeMap;
use std::hint::black_box;

use ctx_sdk::{Reply, Result};
use serde_json::Value;

crate::probe!(TableFlood, "table_flood", "Makes ever more tables");

fn run(_: Value) -> Result<Reply> {
    let mut all = BTreeMap::new();
    for place in 0_u64.. {
        all.insert(place, Box::new([place; 4]));
        black_box(&mut all);
    }
    Ok(Reply::text("ok"))
}
