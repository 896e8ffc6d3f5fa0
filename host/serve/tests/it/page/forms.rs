//! Forms: each kind of field out and back in.

use http::StatusCode;

use super::browser::Browser;
use crate::mcp::workspace::Workspace;

/// Answers with what it was called with.
const ECHO: &str = r#"
tool = {
  name = "echo", description = "Answers with its arguments",
  parameters = {
    type = "object", required = { "word", "sure" },
    properties = {
      word = { type = "string", title = "A word", description = "Any" },
      text = { type = "string" },
      count = { type = "integer", minimum = 1, default = 3 },
      share = { type = "number" },
      sure = { type = "boolean" },
      loud = { type = "boolean" },
      unit = { enum = { "metric", "imperial", 7 } },
      tags = { type = "array", items = { type = "string" } },
    },
  },
}
function tool.execute(params) return params end
"#;

async fn browser() -> Browser {
    let workspace = Workspace::new();
    workspace.drop_in("echo.lua", ECHO);
    let browser = Browser::signed_in(workspace).await;
    browser.host.catalog().await.unwrap();
    browser
}

/// Fills the form in and returns the data of the answer.
#[track_caller]
fn answer(text: &str) -> serde_json::Value {
    let start = text.find(r#"<pre class="said json">"#).unwrap_or_else(|| panic!("{text}"));
    let data = text[start..].split_once('>').unwrap().1.split("</pre>").next().unwrap();
    serde_json::from_str(&data.replace("&#34;", "\"").replace("&#39;", "'").replace("&#38;", "&"))
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_has_a_field_for_each_property() {
    browser()
        .await
        .get("/tools/echo")
        .await
        .page(StatusCode::OK)
        .has("A word")
        .has(r#"<input type="text" id="field-1" name="arg:word" value="""#)
        .has(r#"name="arg:count" value="3" step="1""#)
        .has(r#"name="arg:share" value="" step="any""#)
        .has(r#"<input type="checkbox" id="field-0" name="arg:sure""#)
        .has(r#"<option value="&#34;metric&#34;">metric</option>"#)
        .has(r#"<option value="7">7</option>"#)
        .has("a JSON list")
        .has("a whole number, at least 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_filled_in_arrives_as_its_schema_says() {
    let browser = browser().await;
    let fields = [
        ("arg:word", "12"),
        ("arg:text", "two\r\nlines"),
        ("arg:count", "12"),
        ("arg:share", "0.5"),
        ("arg:sure", "on"),
        ("arg:unit", "7"),
        ("arg:tags", "[\"a\", \"b & c\"]"),
    ];
    let sight = browser.post("/tools/echo", &fields).await.page(StatusCode::OK);
    let expected = serde_json::json!({
        "word": "12", "text": "two\nlines", "count": 12, "share": 0.5, "sure": true, "unit": 7,
        "tags": ["a", "b & c"],
    });
    assert_eq!(answer(&sight.text), expected);
    sight
        .has(r#"name="arg:word" value="12""#)
        .has(r#"<option value="7" selected>"#)
        .has("two\nlines</textarea>")
        .has("checked")
        .has("fuel")
        .has("host calls");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_empty_is_left_out() {
    let browser = browser().await;
    let fields = [
        ("arg:word", "w"),
        ("arg:text", ""),
        ("arg:count", ""),
        ("arg:share", ""),
        ("arg:unit", ""),
        ("arg:tags", ""),
    ];
    let sight = browser.post("/tools/echo", &fields).await.page(StatusCode::OK);
    let expected = serde_json::json!({"word": "w", "sure": false, "count": 3});
    assert_eq!(answer(&sight.text), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_told_beside_its_field_and_nothing_runs() {
    let browser = browser().await;
    let fields = [("arg:word", "kept"), ("arg:tags", "[1,"), ("arg:count", "many")];
    browser
        .post("/tools/echo", &fields)
        .await
        .page(StatusCode::UNPROCESSABLE_ENTITY)
        .has("this is no JSON: ")
        .has("this is no number")
        .has(r#"aria-invalid="true""#)
        .has(r#"value="kept""#)
        .has("[1,</textarea>")
        .has("It has not been run from here");
    assert_eq!(browser.host.journal(&ctx_store::JournalFilter::default(), 10).unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_schema_refuses_is_told_by_the_host() {
    let browser = browser().await;
    browser
        .post("/tools/echo", &[("arg:word", "w"), ("arg:count", "0")])
        .await
        .page(StatusCode::UNPROCESSABLE_ENTITY)
        .has("ctx::schema::arguments")
        .has("`count`");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_arguments_can_be_written_as_json() {
    let browser = browser().await;
    browser
        .get("/tools/echo?as=json")
        .await
        .page(StatusCode::OK)
        .has(r#"name="json""#)
        .has(r#"<input type="hidden" name="as" value="json">"#);
    let sight = browser
        .post("/tools/echo", &[("as", "json"), ("json", r#"{"word": "", "sure": true}"#)])
        .await
        .page(StatusCode::OK);
    let expected = serde_json::json!({"word": "", "sure": true, "count": 3});
    assert_eq!(answer(&sight.text), expected);
    browser
        .post("/tools/echo", &[("as", "json"), ("json", "[]")])
        .await
        .page(StatusCode::UNPROCESSABLE_ENTITY)
        .has("this is no JSON object");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_asks_is_shown_with_its_questions() {
    let workspace = Workspace::new();
    let script = r#"
        tool = { name = "asks", description = "d" }
        function tool.execute()
          return ctx.ask{ ctx.form("who", "Who <b>are</b> you?", { { name = "name" } }) }
        end
    "#;
    workspace.drop_in("asks.lua", script);
    let browser = Browser::signed_in(workspace).await;
    browser
        .post("/tools/asks", &[])
        .await
        .page(StatusCode::OK)
        .has("Who &#60;b&#62;are")
        .has(">asks<");
}
