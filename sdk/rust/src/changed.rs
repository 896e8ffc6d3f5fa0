//! Says that a list this extension gave is out of date. Always granted; the
//! host limits the rate.

use crate::bindings::lent::ctx::extension::changed;

/// The tools would be described differently now.
pub fn tools() {
    changed::tools();
}

/// The agents would be described differently now.
pub fn agents() {
    changed::agents();
}

/// The resources would be listed differently now.
pub fn resources() {
    changed::resources();
}

/// Something else stands at this address now.
pub fn resource(uri: &str) {
    changed::resource_at(uri);
}
