//! What a version asks for, held against what was agreed to before.

use ctx_model::{HostPattern, Requests};

/// One power of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Power {
    pub capability: &'static str,
    pub value: String,
    pub change: Change,
}

/// What became of a power between two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Added,
    Kept,
    Dropped,
}

impl Change {
    /// Returns the sign that stands before it in a list.
    pub fn sign(self) -> char {
        match self {
            Self::Added => '+',
            Self::Kept => ' ',
            Self::Dropped => '-',
        }
    }
}

/// Compares requests, in the words of a manifest. What says nothing of its
/// needs gets nothing that is not granted by hand.
pub fn compare(before: Option<&Requests>, after: Option<&Requests>) -> Vec<Power> {
    let (old, new) = (lines(before), lines(after));
    let mut powers = Vec::new();
    for (capability, value) in &new {
        let is_kept = old.iter().any(|(kind, given)| {
            kind == capability && (given == value || covers(capability, given, value))
        });
        let change = if is_kept { Change::Kept } else { Change::Added };
        powers.push(Power { capability, value: value.clone(), change });
    }
    for (capability, value) in old {
        if !new.iter().any(|one| *one == (capability, value.clone())) {
            powers.push(Power { capability, value, change: Change::Dropped });
        }
    }
    powers
}

/// Whether anything is asked for that was not before.
pub fn widens(powers: &[Power]) -> bool {
    powers.iter().any(|power| power.change == Change::Added)
}

fn lines(requests: Option<&Requests>) -> Vec<(&'static str, String)> {
    let Some(requests) = requests else { return Vec::new() };
    let lists = requests.lines().into_iter();
    let mut all: Vec<(&'static str, String)> = lists
        .flat_map(|(capability, values)| values.into_iter().map(move |value| (capability, value)))
        .collect();
    // A header that the host adds carries a secret somewhere.
    all.extend(
        requests
            .inject
            .iter()
            .map(|rule| ("inject", format!("{}: {} at {}", rule.header, rule.value, rule.host))),
    );
    all
}

fn covers(capability: &str, given: &str, wanted: &str) -> bool {
    match capability {
        "http" => match (given.parse::<HostPattern>(), wanted.parse::<HostPattern>()) {
            (Ok(given), Ok(wanted)) => given.covers(&wanted),
            _ => false,
        },
        "context" => given == "*",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wider_is_told_from_what_is_not() {
        let of = |http: &[&str], kv: bool| Requests {
            http: http.iter().map(ToString::to_string).collect(),
            kv,
            ..Requests::default()
        };
        let check = |before: &Requests, after: &Requests| {
            let powers = compare(Some(before), Some(after));
            let text: Vec<String> =
                powers.iter().map(|one| format!("{}{}", one.change.sign(), one.value)).collect();
            (widens(&powers), text.join(","))
        };
        let one = of(&["https://*.a.example"], false);
        assert_eq!(check(&one, &one), (false, " https://*.a.example".into()));
        let narrower = of(&["https://x.a.example"], false);
        assert_eq!(
            check(&one, &narrower),
            (false, " https://x.a.example,-https://*.a.example".into())
        );
        assert!(check(&narrower, &one).0);
        assert!(check(&one, &of(&["https://*.a.example"], true)).0);
        assert!(!widens(&compare(Some(&one), None)));
        assert!(widens(&compare(None, Some(&one))));
    }
}
