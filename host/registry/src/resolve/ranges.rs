//! Ranges as authors write them, as sets of versions that can be reckoned
//! with.

use pubgrub::Ranges;
use semver::{Comparator, Op, Version, VersionReq};

/// Turns a range into a set. A version that is not finished is in it only if
/// the range names it, so those that are known and do not match are taken out.
pub(super) fn of<'a>(
    range: &VersionReq,
    known: impl Iterator<Item = &'a Version>,
) -> Ranges<Version> {
    let whole =
        range.comparators.iter().map(one).fold(Ranges::full(), |all, one| all.intersection(&one));
    known
        .filter(|version| !version.pre.is_empty() && !range.matches(version))
        .fold(whole, |all, version| {
            all.intersection(&Ranges::singleton(version.clone()).complement())
        })
}

fn one(comparator: &Comparator) -> Ranges<Version> {
    let Comparator { op, major, minor, patch, pre } = comparator;
    let (major, minor, patch) = (*major, *minor, *patch);
    let low =
        Version { pre: pre.clone(), ..Version::new(major, minor.unwrap_or(0), patch.unwrap_or(0)) };
    // Behind everything that is written out: 1.2 is before 1.3.
    let behind = match (minor, patch) {
        (Some(minor), Some(patch)) => Version::new(major, minor, patch + 1),
        (Some(minor), None) => Version::new(major, minor + 1, 0),
        (None, _) => Version::new(major + 1, 0, 0),
    };
    let compatible = match (major, minor, patch) {
        (0, Some(0), Some(patch)) => Version::new(0, 0, patch + 1),
        (0, Some(minor), _) => Version::new(0, minor + 1, 0),
        _ => Version::new(major + 1, 0, 0),
    };
    let about = match minor {
        Some(minor) => Version::new(major, minor + 1, 0),
        None => Version::new(major + 1, 0, 0),
    };
    let is_whole = minor.is_some() && patch.is_some();
    match op {
        Op::Exact if is_whole => Ranges::singleton(low),
        Op::Greater if is_whole => Ranges::strictly_higher_than(low),
        Op::LessEq if is_whole => Ranges::lower_than(low),
        Op::Greater => Ranges::higher_than(behind),
        Op::GreaterEq => Ranges::higher_than(low),
        Op::Less => Ranges::strictly_lower_than(low),
        Op::LessEq => Ranges::strictly_lower_than(behind),
        Op::Tilde => Ranges::between(low, about),
        Op::Caret => Ranges::between(low, compatible),
        // `1.2.*`, and an exact one that leaves something open.
        _ => Ranges::between(low, behind),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    proptest::proptest! {
        #[test]
        fn a_set_holds_what_the_range_matches(
            op in proptest::sample::select(vec!["", "^", "~", "=", ">", ">=", "<", "<="]),
            parts in proptest::collection::vec(0_u64..4, 1..4),
            version in (0_u64..5, 0_u64..5, 0_u64..5),
        ) {
            let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
            let range = VersionReq::parse(&format!("{op}{}", parts.join("."))).unwrap();
            let version = Version::new(version.0, version.1, version.2);
            proptest::prop_assert_eq!(
                of(&range, std::iter::empty()).contains(&version),
                range.matches(&version),
                "{} {}", range, version
            );
        }
    }

    #[test]
    fn an_unfinished_version_is_taken_only_by_name() {
        let (one, two) = (Version::parse("1.1.0-beta").unwrap(), Version::parse("1.0.0").unwrap());
        let known = || [&one, &two].into_iter();
        assert!(!of(&"^1".parse().unwrap(), known()).contains(&one));
        assert!(of(&"^1.1.0-beta".parse().unwrap(), known()).contains(&one));
        assert!(of(&VersionReq::STAR, known()).contains(&two));
    }
}
