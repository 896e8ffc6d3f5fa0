//! A report as people and programs read it.

use std::time::Duration;

use ctx_model::Usage;
use serde_json::json;

use super::Report;
use crate::check::{Check, Status};

fn check(id: &str, status: Status, detail: &str) -> Check {
    Check {
        id: id.to_owned(),
        extension: "weather".to_owned(),
        claim: "The same call gives the same answer".to_owned(),
        reference: "ctx:extension/tools#call".to_owned(),
        status,
        detail: detail.to_owned(),
        usage: None,
        elapsed: Duration::from_micros(1500),
        tried: None,
    }
}

fn report() -> Report {
    Report {
        checks: vec![
            check("tool/hints:weather/forecast", Status::Pass, ""),
            check("tool/determinism:weather/forecast", Status::Fail, "a \"1\" & a <2>\u{1b}[2J"),
            check("agent/prompt:weather", Status::Skip, "it plays no agent"),
        ],
    }
}

#[test]
fn a_scorecard_has_a_line_for_each_check() {
    assert_eq!(
        report().text(),
        "[ok]   tool/hints:weather/forecast\n\
         [FAIL] tool/determinism:weather/forecast\n       \
         The same call gives the same answer\n       \
         a \"1\" & a <2> [2J\n\
         [skip] agent/prompt:weather\n       \
         it plays no agent\n"
    );
    assert_eq!(report().summary(), "1 passed, 1 failed, 1 skipped");
    assert!(!report().passed());
}

#[test]
fn json_leaves_out_what_is_absent() {
    let mut report = report();
    report.checks.truncate(1);
    report.checks[0].usage =
        Some(Usage { fuel: 7, peak_memory: 8, wall: Duration::from_micros(9), host_calls: 1 });
    let expected = json!({
        "passed": 1, "failed": 0, "skipped": 0, "warned": 0,
        "checks": [{
            "id": "tool/hints:weather/forecast",
            "extension": "weather",
            "claim": "The same call gives the same answer",
            "reference": "ctx:extension/tools#call",
            "status": "pass",
            "usage": {"fuel": 7, "peak_memory_bytes": 8, "wall_us": 9, "host_calls": 1},
            "elapsed_us": 1500,
        }],
    });
    assert_eq!(report.json(), expected);
}

#[test]
fn junit_escapes_what_a_guest_said() {
    let xml = report().junit();
    assert!(xml.contains("<testsuite name=\"weather\" tests=\"3\" failures=\"1\" skipped=\"1\">"));
    assert!(xml.contains("message=\"a &quot;1&quot; &amp; a &lt;2&gt;[2J\""));
    assert!(xml.contains(
        "<testcase name=\"tool/hints:weather/forecast\" classname=\"weather\" time=\"0.001500\"/>"
    ));
}
