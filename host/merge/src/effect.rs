//! What operations on one path come to, one after the other.

use serde_json::{Number, Value};
use thiserror::Error;

/// What is done at one path.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    Set(Value),
    Add(Number),
    Push(Vec<Value>),
}

/// Why something cannot be done to what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Misfit {
    #[error("what is there is no number")]
    NotANumber,
    #[error("what is there is no array")]
    NotAnArray,
    #[error("the sum is no finite number")]
    TooLarge,
    #[error("something on the way to it is no object")]
    Unreachable,
}

impl Effect {
    /// Whether it takes the place of what is there, instead of adding to it.
    pub(crate) fn is_set(&self) -> bool {
        matches!(self, Self::Set(_))
    }

    /// Whether this can be done to what is there now.
    pub(crate) fn check(&self, current: Option<&Value>) -> Result<(), Misfit> {
        match (self, current) {
            (Self::Set(_), _) | (_, None) | (Self::Push(_), Some(Value::Array(_))) => Ok(()),
            (Self::Add(number), Some(Value::Number(current))) => add(current, number).map(drop),
            (Self::Add(_), Some(_)) => Err(Misfit::NotANumber),
            (Self::Push(_), Some(_)) => Err(Misfit::NotAnArray),
        }
    }

    /// Whether something that adds can be added to this.
    pub(crate) fn fits(&self, next: &Self) -> Result<(), Misfit> {
        match (self, next) {
            (_, Self::Set(_)) | (Self::Push(_) | Self::Set(Value::Array(_)), Self::Push(_)) => {
                Ok(())
            }
            (Self::Add(one) | Self::Set(Value::Number(one)), Self::Add(other)) => {
                add(one, other).map(drop)
            }
            (_, Self::Add(_)) => Err(Misfit::NotANumber),
            (_, Self::Push(_)) => Err(Misfit::NotAnArray),
        }
    }

    /// Does another thing after this one. Changes nothing if it does not fit.
    pub(crate) fn then(&mut self, next: Self) -> Result<(), Misfit> {
        self.fits(&next)?;
        match (&mut *self, next) {
            (_, next @ Self::Set(_)) => *self = next,
            (Self::Add(number) | Self::Set(Value::Number(number)), Self::Add(more)) => {
                *number = add(number, &more)?;
            }
            (Self::Push(values) | Self::Set(Value::Array(values)), Self::Push(more)) => {
                values.extend(more);
            }
            (_, Self::Add(_) | Self::Push(_)) => {}
        }
        Ok(())
    }

    /// Returns what is there afterwards. It has been checked.
    pub(crate) fn result(self, current: Option<&Value>) -> Value {
        match (self, current) {
            (Self::Set(value), _) => value,
            (Self::Add(number), Some(Value::Number(current))) => {
                Value::Number(add(current, &number).unwrap_or(number))
            }
            (Self::Add(number), _) => Value::Number(number),
            (Self::Push(values), Some(Value::Array(current))) => {
                Value::Array(current.iter().cloned().chain(values).collect())
            }
            (Self::Push(values), _) => Value::Array(values),
        }
    }
}

/// Adds whole numbers exactly, and others as they are.
pub(crate) fn add(one: &Number, other: &Number) -> Result<Number, Misfit> {
    if let (Some(one), Some(other)) = (one.as_i64(), other.as_i64())
        && let Some(sum) = one.checked_add(other)
    {
        return Ok(sum.into());
    }
    let float = |number: &Number| number.as_f64().unwrap_or(f64::NAN);
    Number::from_f64(float(one) + float(other)).ok_or(Misfit::TooLarge)
}
