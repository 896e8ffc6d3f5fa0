//! A report as JUnit XML, which continuous integration reads. A suite is an
//! extension, a test case is a check.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Report, became};
use crate::check::{Check, Status};

pub(super) fn render(report: &Report) -> String {
    let mut suites: BTreeMap<&str, Vec<&Check>> = BTreeMap::new();
    for check in &report.checks {
        suites.entry(&check.extension).or_default().push(check);
    }
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (name, checks) in suites {
        let count = |status| checks.iter().filter(|check| check.status == status).count();
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">",
            escaped(name),
            checks.len(),
            count(Status::Fail),
            count(Status::Skip)
        );
        for check in checks {
            case(&mut xml, check);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn case(xml: &mut String, check: &Check) {
    let _ = write!(
        xml,
        "    <testcase name=\"{}\" classname=\"{}\" time=\"{:.6}\"",
        escaped(&check.id),
        escaped(&check.extension),
        check.elapsed.as_secs_f64()
    );
    let detail = escaped(&check.detail);
    let _ = match check.status {
        Status::Pass => match &check.tried {
            None => writeln!(xml, "/>"),
            Some(tried) => {
                let said = escaped(&became(tried, check));
                writeln!(xml, "><system-out>{said}</system-out></testcase>")
            }
        },
        Status::Skip => writeln!(xml, "><skipped message=\"{detail}\"/></testcase>"),
        Status::Warn => writeln!(xml, "><system-out>{detail}</system-out></testcase>"),
        Status::Fail => {
            let claim = escaped(&check.claim);
            writeln!(xml, "><failure message=\"{detail}\">{claim}</failure></testcase>")
        }
    };
}

/// Escapes what XML reserves, and leaves out what it forbids.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' | '\r' => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}
