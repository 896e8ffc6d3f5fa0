//! Globs of file names: `*`, `?`, `[a-z]`, `[!a]`, `{one,two}`.
//!
//! For `fs.list`, which filters names of one directory. Walks are filtered by
//! the host.

/// Whether the whole name matches.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    alternatives(&pattern).iter().any(|pattern| plain(pattern, &name))
}

/// Spells out `{one,two}`. Braces may follow each other and not nest.
fn alternatives(pattern: &[char]) -> Vec<Vec<char>> {
    let open = pattern.iter().position(|c| *c == '{');
    let close =
        open.and_then(|open| pattern[open..].iter().position(|c| *c == '}').map(|at| open + at));
    let (Some(open), Some(close)) = (open, close) else { return vec![pattern.to_vec()] };
    let rest = alternatives(&pattern[close + 1..]);
    let mut all = Vec::new();
    for choice in pattern[open + 1..close].split(|c| *c == ',') {
        for rest in &rest {
            all.push([&pattern[..open], choice, rest].concat());
        }
    }
    all
}

fn plain(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut retry = None;
    while read < name.len() {
        let matched = match pattern.get(at) {
            Some('*') => {
                retry = Some((at, read));
                at += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => class(&pattern[at..], name[read]),
            Some(c) => (*c == name[read]).then_some(1),
            None => None,
        };
        if let Some(length) = matched {
            at += length;
            read += 1;
        } else if let Some((star, from)) = retry {
            // The last star takes one more character.
            retry = Some((star, from + 1));
            at = star + 1;
            read = from + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

/// Returns the length of the class if it takes this character.
fn class(pattern: &[char], character: char) -> Option<usize> {
    let negated = matches!(pattern.get(1), Some('!' | '^'));
    let first = if negated { 2 } else { 1 };
    // A bracket right at the start stands for itself.
    let end = pattern.iter().skip(first + 1).position(|c| *c == ']').map(|at| first + 1 + at)?;
    let inside = &pattern[first..end];
    let mut found = false;
    let mut at = 0;
    while at < inside.len() {
        if at + 2 < inside.len() && inside[at + 1] == '-' {
            found |= (inside[at]..=inside[at + 2]).contains(&character);
            at += 3;
        } else {
            found |= inside[at] == character;
            at += 1;
        }
    }
    (found != negated).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[track_caller]
    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        for name in yes {
            assert!(matches(pattern, name), "`{pattern}` should take `{name}`");
        }
        for name in no {
            assert!(!matches(pattern, name), "`{pattern}` should not take `{name}`");
        }
    }

    #[test]
    fn a_star_takes_anything() {
        check("*.md", &["a.md", ".md", "a.b.md"], &["a.mdx", "md"]);
        check("a*b*c", &["abc", "axxbyyc", "abbc"], &["ab", "acb"]);
    }

    #[test]
    fn classes_and_choices_match_one_of_theirs() {
        check("[a-c]?.{md,txt}", &["a1.md", "c2.txt"], &["d1.md", "a1.rs", "a.md"]);
        check("[!a]", &["b"], &["a", ""]);
        check("[]]", &["]"], &["["]);
    }

    #[test]
    fn an_open_bracket_without_its_end_takes_nothing() {
        check("[a", &[], &["a", "[a"]);
    }
}
