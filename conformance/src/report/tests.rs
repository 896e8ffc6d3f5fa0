//! A report as people and programs read it.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

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
    Report::from(vec![
        check("tool/hints:weather/forecast", Status::Pass, ""),
        check("tool/determinism:weather/forecast", Status::Fail, "a \"1\" & a <2>\u{1b}[2J"),
        check("agent/prompt:weather", Status::Skip, "it plays no agent"),
    ])
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
         it plays no agent\n\
         [FAIL] extensions/tool:forecast — a \"1\" & a <2> [2J\n\
         [skip] extensions/agent:weather\n"
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
        "version": 1, "suite": crate::version(), "total": 1, "all_passed": true,
        "passed": 1, "failed": 0, "skipped": 0, "warned": 0,
        "scorecard": [{
            "category": "extensions", "name": "tool:forecast", "extension": "weather",
            "status": "pass", "passed": true, "checks": 1,
        }],
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

#[test]
fn junit_is_xml_whatever_a_guest_said() {
    // What XML forbids, reserves, or would read as its own.
    let forbidden: String = (0..0x20_u8).map(char::from).chain(['\u{7f}', '\u{fffe}']).collect();
    let said = format!("a{forbidden}b ]]> <!-- & &#0; &lt; \"'> é 😀");
    let mut report = report();
    report.checks.extend([
        check("tool/answer:weather/forecast", Status::Fail, &said),
        check("tool/answer:weather/other", Status::Warn, &said),
        check("tool/answer:weather/third", Status::Skip, &said),
        Check {
            extension: "<other>".to_owned(),
            ..check("agent/prompt:<other>", Status::Pass, "")
        },
    ]);
    let xml = report.junit();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    let suites: Vec<_> = root.children().filter(roxmltree::Node::is_element).collect();
    let names: Vec<_> = suites.iter().map(|suite| suite.attribute("name").unwrap()).collect();
    assert_eq!(names, ["<other>", "weather"]);
    let cases: Vec<_> = document.descendants().filter(|one| one.has_tag_name("testcase")).collect();
    assert_eq!(cases.len(), report.checks.len());
    for suite in suites {
        let count = |name: &str| {
            suite.descendants().filter(|one| one.has_tag_name(name)).count().to_string()
        };
        assert_eq!(suite.attribute("tests"), Some(&*count("testcase")));
        assert_eq!(suite.attribute("failures"), Some(&*count("failure")));
        assert_eq!(suite.attribute("skipped"), Some(&*count("skipped")));
    }
    let messages: Vec<_> = document
        .descendants()
        .filter(|one| one.has_tag_name("failure"))
        .map(|one| one.attribute("message").unwrap())
        .collect();
    assert_eq!(messages[1], "a   b ]]> <!-- & &#0; &lt; \"'> é 😀");
}

#[test]
fn the_scorecard_has_a_line_for_each_thing_that_an_extension_plays() {
    let of = |id: &str, status, detail: &str| Check {
        extension: "my-items".to_owned(),
        ..check(id, status, detail)
    };
    let report = Report::from(vec![
        of("extension/loads:my-items", Status::Pass, ""),
        of("compressor/works:my-items/my_items", Status::Pass, ""),
        of("compressor/idempotent:my-items/my_items", Status::Skip, "it does not say so"),
        of("compressor/works:my-items/other", Status::Skip, ""),
        of("compressor/budget:my-items/other", Status::Fail, "it ended as `stopped:fuel`"),
        of("compressor/pinned:my-items/other", Status::Fail, "so did this"),
        of("connector/scan:my-items", Status::Warn, "slow"),
        of("hook/answers:my-items/pre_chat_turn", Status::Pass, ""),
        of("conversation/first:my-items", Status::Pass, ""),
        of("host/echo:echo-rs", Status::Pass, ""),
    ]);
    let lines: Vec<String> = report.card().iter().map(super::Line::text).collect();
    assert_eq!(
        lines,
        [
            "[ok] extensions/extension:my-items",
            "[ok] extensions/compressor:my_items",
            "[FAIL] extensions/compressor:other — it ended as `stopped:fuel`",
            "[ok] extensions/connector:my-items",
            "[ok] extensions/hook:my-items/pre_chat_turn",
            "[ok] extensions/conversation:my-items",
        ]
    );
}
