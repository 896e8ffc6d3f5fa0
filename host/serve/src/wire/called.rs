//! An answer and its bill, which are never given apart.

use serde::Serialize;
use utoipa::ToSchema;

use super::Usage;

/// An answer and what it cost.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Called<T> {
    pub result: T,
    pub usage: Usage,
}

impl<T> Called<T> {
    /// Puts the bill to an answer.
    pub fn new(result: impl Into<T>, usage: &ctx_model::Usage) -> Self {
        Self { result: result.into(), usage: usage.into() }
    }
}
