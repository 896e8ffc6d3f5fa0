//! What is different in two texts, line by line, as `diff -u` writes it.
//!
//! Lines that both have once are anchors; between two anchors the few lines
//! left are compared one by one. So the work is bounded, whatever the texts.

use std::collections::HashMap;
use std::fmt::Write as _;

/// Lines that are shown around a change.
const AROUND: usize = 3;

/// Pairs of lines that are compared one by one between two anchors.
const PAIRS: usize = 250_000;

/// Says which lines of two texts are the same: pairs of places.
fn same(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    let mut left = vec![(0, old.len(), 0, new.len())];
    while let Some((mut a, mut b, mut c, mut d)) = left.pop() {
        while a < b && c < d && old[a] == new[c] {
            all.push((a, c));
            (a, c) = (a + 1, c + 1);
        }
        while a < b && c < d && old[b - 1] == new[d - 1] {
            (b, d) = (b - 1, d - 1);
            all.push((b, d));
        }
        if a == b || c == d {
            continue;
        }
        let anchors = anchors(&old[a..b], &new[c..d]);
        if anchors.is_empty() {
            if (b - a) * (d - c) <= PAIRS {
                let pairs = longest(&old[a..b], &new[c..d]);
                all.extend(pairs.into_iter().map(|(x, y)| (a + x, c + y)));
            }
            continue;
        }
        let (mut from_old, mut from_new) = (a, c);
        for (x, y) in anchors {
            left.push((from_old, a + x, from_new, c + y));
            all.push((a + x, c + y));
            (from_old, from_new) = (a + x + 1, c + y + 1);
        }
        left.push((from_old, b, from_new, d));
    }
    all.sort_unstable();
    all
}

/// Lines that both sides have once, in an order that both sides have.
fn anchors(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let mut seen: HashMap<&str, (u32, usize, u32, usize)> = HashMap::new();
    for (at, line) in old.iter().enumerate() {
        let entry = seen.entry(line).or_insert((0, 0, 0, 0));
        (entry.0, entry.1) = (entry.0 + 1, at);
    }
    for (at, line) in new.iter().enumerate() {
        if let Some(entry) = seen.get_mut(line) {
            (entry.2, entry.3) = (entry.2 + 1, at);
        }
    }
    let mut pairs: Vec<(usize, usize)> = seen
        .into_values()
        .filter(|(old, _, new, _)| *old == 1 && *new == 1)
        .map(|(_, x, _, y)| (x, y))
        .collect();
    pairs.sort_unstable();
    // The longest run that grows on the new side, too.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; pairs.len()];
    for at in 0..pairs.len() {
        let place = tails.partition_point(|tail| pairs[*tail].1 < pairs[at].1);
        before[at] = place.checked_sub(1).map(|one| tails[one]);
        if place == tails.len() {
            tails.push(at);
        } else {
            tails[place] = at;
        }
    }
    let mut run = Vec::new();
    let mut at = tails.last().copied();
    while let Some(one) = at {
        run.push(pairs[one]);
        at = before[one];
    }
    run.reverse();
    run
}

/// The longest common run of two short lists.
fn longest(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    for x in (0..old.len()).rev() {
        for y in (0..new.len()).rev() {
            lengths[x * width + y] = if old[x] == new[y] {
                lengths[(x + 1) * width + y + 1] + 1
            } else {
                lengths[(x + 1) * width + y].max(lengths[x * width + y + 1])
            };
        }
    }
    let (mut x, mut y, mut run) = (0, 0, Vec::new());
    while x < old.len() && y < new.len() {
        if old[x] == new[y] {
            run.push((x, y));
            (x, y) = (x + 1, y + 1);
        } else if lengths[(x + 1) * width + y] >= lengths[x * width + y + 1] {
            x += 1;
        } else {
            y += 1;
        }
    }
    run
}

/// Writes what is different in `new`, compared with `old`; nothing if nothing
/// is.
pub(crate) fn diff(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let mut steps: Vec<(char, usize, usize)> = Vec::new();
    let (mut x, mut y) = (0, 0);
    for (same_x, same_y) in same(&old, &new).into_iter().chain([(old.len(), new.len())]) {
        while x < same_x {
            steps.push(('-', x, y));
            x += 1;
        }
        while y < same_y {
            steps.push(('+', x, y));
            y += 1;
        }
        if x < old.len() && y < new.len() {
            steps.push((' ', x, y));
            (x, y) = (x + 1, y + 1);
        }
    }
    let mut made = String::new();
    let mut at = 0;
    while let Some(next) = (at..steps.len()).find(|step| steps[*step].0 != ' ') {
        let from = next.saturating_sub(AROUND).max(at);
        let mut last = next;
        for (step, (mark, ..)) in steps.iter().enumerate().skip(next) {
            if *mark != ' ' {
                last = step;
            } else if step - last > 2 * AROUND {
                break;
            }
        }
        let to = (last + AROUND + 1).min(steps.len());
        hunk(&steps[from..to], &old, &new, &mut made);
        at = to;
    }
    made
}

fn hunk(steps: &[(char, usize, usize)], old: &[&str], new: &[&str], made: &mut String) {
    let Some((_, x, y)) = steps.first() else { return };
    let lines = |sign: char| steps.iter().filter(|step| step.0 != sign).count();
    // Writing to a string cannot fail.
    let _ = writeln!(made, "@@ -{},{} +{},{} @@", x + 1, lines('+'), y + 1, lines('-'));
    for (sign, x, y) in steps {
        let line = if *sign == '+' { new[*y] } else { old[*x] };
        made.push(*sign);
        made.push_str(line);
        if !line.ends_with('\n') {
            made.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn a_diff_is_what_diff_writes() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let new = "1\n2\n3\n4\nfive\n6\n7\n8\n9";
        let expected = "@@ -2,8 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n-9\n+9\n\\ No newline at \
                        end of file\n";
        assert_eq!(diff(old, new), expected);
        assert_eq!(diff(old, old), "");
        assert_eq!(diff("", "a\n"), "@@ -1,0 +1,1 @@\n+a\n");
    }

    #[test]
    fn lines_that_repeat_are_compared_in_bounded_time() {
        let old = "a\nb\n".repeat(100_000);
        let new = "b\na\n".repeat(100_000);
        assert!(!diff(&old, &new).is_empty());
    }
}
