//! The honest baseline: checks that are known to fail, each with its reason.
//! One that passes after all fails too, so that the list never outlives its
//! reasons.

use serde::Deserialize;

use crate::check::{Check, Status};

/// A check that is known to fail.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The id of the check.
    pub id: String,
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Baseline {
    #[serde(default)]
    failure: Vec<Expected>,
}

/// Returns what this release is known to miss.
pub fn baseline() -> Vec<Expected> {
    let text = include_str!("../expected-failures.toml");
    toml::from_str::<Baseline>(text).map(|baseline| baseline.failure).unwrap_or_default()
}

/// Takes what was expected off the failures.
pub(crate) fn subtract(checks: &mut [Check], expected: &[Expected]) {
    for check in checks {
        let Some(known) = expected.iter().find(|known| known.id == check.id) else { continue };
        match check.status {
            Status::Fail => {
                check.status = Status::Warn;
                check.detail = format!("{} (known: {})", check.detail, known.why);
            }
            Status::Pass | Status::Warn => {
                check.status = Status::Fail;
                check.detail = format!(
                    "it passes, and is listed as a known failure: take `{}` off the list",
                    check.id
                );
            }
            Status::Skip => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Expected, baseline, subtract};
    use crate::check::{Check, Status};

    #[track_caller]
    fn check(before: Status, after: Status) {
        let mut checks = [Check {
            id: "tool/answer:weather".to_owned(),
            extension: "weather".to_owned(),
            claim: String::new(),
            reference: String::new(),
            status: before,
            detail: String::new(),
            usage: None,
            elapsed: Duration::ZERO,
            tried: None,
        }];
        let why = "a reason".to_owned();
        subtract(&mut checks, &[Expected { id: "tool/answer:weather".to_owned(), why }]);
        assert_eq!(checks[0].status, after);
    }

    #[test]
    fn a_known_failure_is_no_failure() {
        check(Status::Fail, Status::Warn);
    }

    #[test]
    fn an_unexpected_pass_fails() {
        check(Status::Pass, Status::Fail);
    }

    #[test]
    fn nothing_is_known_to_fail() {
        assert_eq!(baseline(), []);
    }
}
