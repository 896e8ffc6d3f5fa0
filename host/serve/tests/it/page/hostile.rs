//! Whatever extensions say is text, and nothing but text.

use http::StatusCode;

use super::browser::{Browser, Sight};
use crate::mcp::workspace::Workspace;

/// Breaks out of text, of attributes in either quotes, and of elements.
const EVIL: &str = r#"-- /// ctx
-- name = "evil"
-- version = "<script>run()</script>"
-- description = "\"><script>run()</script><img src=x onerror=run()>"
-- contract = "^0.1"
--
-- [requests]
-- env = ["A'; <script>run()</script>"]
-- ///
local evil = "\"><script>run()</script><img src=x onerror=run()>' onfocus='run()' autofocus='"
tool = {
  name = "evil", title = evil, description = evil,
  parameters = { type = "object", properties = {
    [evil] = { type = "string", title = evil, description = evil, default = evil, format = evil },
    pick = { enum = { evil, "</select>" .. evil } },
    text = { type = "string", default = "</textarea>" .. evil },
    list = { type = "array", default = { "</textarea>" .. evil } },
  } },
}
function tool.execute(params)
  log.warn(evil, { [evil] = evil })
  if params.text == "fail" then error("</pre>" .. evil) end
  return ctx.output{
    blocks = {
      "</pre>" .. evil,
      ctx.link{ uri = "javascript:run()", name = evil },
      ctx.link{ uri = "https://example.com/" .. evil, name = "out" },
      { type = "image", media_type = "image/svg+xml", data = "<svg onload='run()'/>" },
      { type = "image", media_type = evil, data = "x" },
      { type = "image", media_type = "image/png", data = "png" },
      ("x"):rep(70000),
    },
    structured = { said = "</pre>" .. evil },
  }
end
agent = {
  name = "evil_agent", title = evil, description = evil,
  arguments = { { name = evil, description = evil } },
  tools = { evil },
}
function agent.resolve() return { system = evil, messages = { { role = "user", content = evil } } } end
"#;

/// Checks that a page has no element or attribute but its own.
#[track_caller]
fn is_clean(sight: Sight) -> Sight {
    for element in ["script", "svg", "iframe", "object", "embed", "base", "style"] {
        assert!(!sight.text.contains(&format!("<{element}")), "<{element} is in\n{}", sight.text);
    }
    let mut rest = sight.text.as_str();
    while let Some((_, tail)) = rest.split_once('<') {
        let (tag, after) = tail.split_once('>').unwrap();
        // Quoted values first: what is in them is text.
        let bare: String = tag.split('"').step_by(2).collect::<Vec<_>>().join(" ");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        for word in bare.split_whitespace() {
            assert!(!word.to_ascii_lowercase().starts_with("on"), "{tag}");
            assert!(!word.contains('\''), "{tag}");
        }
        if let Some((_, link)) = tag.split_once("href=\"") {
            let fine = ["/", "#", "https://", "data:image/svg+xml,%3Csvg"];
            assert!(fine.iter().any(|start| link.starts_with(start)), "{tag}");
        }
        rest = after;
    }
    sight
}

async fn browser() -> Browser {
    let workspace = Workspace::new();
    workspace
        .drop_in("evil.lua", EVIL)
        .drop_in("<img src=x>.lua", "error('<script>run()</script>')");
    let browser = Browser::signed_in(workspace).await;
    browser.host.catalog().await.unwrap();
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_extension_says_of_itself_is_text() {
    let browser = browser().await;
    for path in
        ["/", "/extensions/evil", "/tools/evil", "/tools/evil?as=json", "/agents/evil_agent"]
    {
        let sight = browser.get(path).await.page(StatusCode::OK);
        is_clean(sight).has("&#60;script&#62;run()");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_extension_answers_is_text() {
    let browser = browser().await;
    let sight = browser.post("/tools/evil", &[]).await.page(StatusCode::OK);
    is_clean(sight)
        .has("&#60;/pre&#62;")
        .has("javascript:run()")
        .has(r#"<img src="data:image/png;base64,cG5n""#)
        .lacks("data:image/svg+xml;")
        .has("a picture (image/svg+xml, ")
        .has("cut here: this is the beginning of 68.4 KiB");
    let sight = browser.post("/tools/evil", &[("arg:text", "fail")]).await;
    is_clean(sight.page(StatusCode::BAD_GATEWAY)).has("&#60;/pre&#62;");
    let sight = browser.post("/agents/evil_agent", &[]).await;
    is_clean(sight).has("&#60;script&#62;run()");
    // What it said meanwhile, and how it failed.
    for path in ["/", "/extensions/evil"] {
        is_clean(browser.get(path).await.page(StatusCode::OK)).has("&#60;/pre&#62;");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_visitor_says_is_text() {
    let browser = browser().await;
    let evil = "%22%3E%3Cscript%3Erun()%3C/script%3E";
    for path in [
        format!("/search?q={evil}"),
        format!("/search?q=a&source={evil}"),
        format!("/extensions/{evil}"),
        format!("/sign-in?code={evil}"),
    ] {
        is_clean(browser.get(&path).await);
    }
    let filled = "\"><script>run()</script></textarea></select>";
    let sight = browser.post("/tools/evil", &[("arg:text", filled), ("arg:list", filled)]).await;
    is_clean(sight.page(StatusCode::UNPROCESSABLE_ENTITY));
}
