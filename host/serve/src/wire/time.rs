//! Points in time, as RFC 3339 writes them. Which zone a reader lives in is
//! his own business: all are in UTC.

use std::fmt;

use ctx_model::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A point in time, as in RFC 3339 and in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub struct Time(jiff::Timestamp);

impl Time {
    /// Reads seconds since 1970. There is none for what lies beyond the year
    /// 9999, which only a confused source can mean.
    pub fn new(seconds: Timestamp) -> Option<Self> {
        jiff::Timestamp::from_second(seconds).ok().map(Self)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
