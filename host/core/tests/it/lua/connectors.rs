//! Items, lists and streams.

use ctx_core::{SyncEvent, SyncOptions};
use ctx_model::{Content, Stored};

use super::Scripted;

/// What came of a sync of one script.
struct Synced {
    skips: Vec<(Option<String>, String)>,
    documents: Vec<Option<Stored>>,
}

/// Syncs what `body` scans and looks for documents `ids`.
async fn sync(script: &str, ids: &[&str]) -> Result<Synced, String> {
    let scripted = Scripted::new();
    scripted.workspace.drop_in("gives.lua", script);
    scripted.workspace.config("[sources.given]\nextension = \"gives\"\n");
    scripted.workspace.open().trust().unwrap();
    let host = scripted.workspace.open();
    let receipt = host.sync("given", &SyncOptions::default(), &mut |_| {}).await.unwrap();
    let report = receipt.outcome.map_err(|error| error.to_string())?;
    let documents = ids
        .iter()
        .map(|id| host.document(&ctx_store::document_id("given", id).to_string()).ok())
        .collect();
    let skips = report.skips.into_iter().map(|skip| (skip.id, skip.reason)).collect();
    Ok(Synced { skips, documents })
}

/// Syncs one item and returns the document.
async fn item(fields: &str) -> Stored {
    let script = format!(
        "connector = {{ description = 'Gives one item' }}\n\
         function connector.scan() return {{ {{ source_id = 'one', body = 'text', {fields} }} }} end\n"
    );
    let mut synced = sync(&script, &["one"]).await.unwrap();
    synced.documents.remove(0).unwrap_or_else(|| panic!("{fields}: {:?}", synced.skips))
}

#[tokio::test(flavor = "multi_thread")]
async fn c13_timestamps_are_read_as_sources_write_them() {
    let day = 1_736_899_200;
    let noon = day + 43_200;
    for (written, expected) in [
        ("'2025-01-15'", day),
        ("'2025-01-15T12:00:00Z'", noon),
        ("'2025-01-15T12:00:00'", noon),
        ("'2025-01-15 12:00:00'", noon),
        ("'2025-01-15T12:00:00.000+0000'", noon),
        ("'2025-01-15T13:00:00+01:00'", noon),
        ("'Wed, 15 Jan 2025 12:00:00 +0000'", noon),
        ("'Wed, 15 Jan 2025 12:00:00 GMT'", noon),
        ("1736942400", noon),
        ("1736942400.5", noon),
        ("'1736942400'", noon),
    ] {
        let stored = item(&format!("updated_at = {written}")).await;
        assert_eq!(stored.document.modified, Some(expected), "{written}");
    }
    assert_eq!(item("updated_at = 'yesterday'").await.document.modified, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_is_a_table_or_its_json() {
    for (fields, expected) in [
        ("metadata = { team = 'canal', size = 3 }", r#"{"size":3,"team":"canal"}"#),
        (r#"metadata_json = '{"team":"canal"}'"#, r#"{"team":"canal"}"#),
        ("metadata_json = 'not json'", "{}"),
        ("metadata = {}", "{}"),
        ("source = 'custom:other', metadata = { a = 1 }", r#"{"source":"custom:other","a":1}"#),
    ] {
        let found: serde_json::Value =
            serde_json::from_str(&item(fields).await.document.metadata).unwrap();
        assert_eq!(found, serde_json::from_str::<serde_json::Value>(expected).unwrap(), "{fields}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_pass_for_strings_and_other_types_for_nothing() {
    let stored = item("title = 5, author = 1.5, source_url = true, content_type = {}").await;
    let document = stored.document;
    assert_eq!(document.title.as_deref(), Some("5"));
    assert_eq!(document.author.as_deref(), Some("1.5"));
    assert_eq!(document.uri, None);
    assert_eq!(document.media_type, "text/plain");
    let stored = item("body = 42").await;
    assert!(matches!(&stored.document.content, Content::Text(text) if text == "42"), "{stored:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn c14_one_malformed_item_is_skipped_and_counted() {
    let script = "connector = { description = 'Gives odd items' }\n\
        function connector.scan() return {\n\
          { source_id = 'good', body = 'text' }, 'a string', { body = 'no id' }, { source_id = 'empty', body = '' },\n\
          { source_id = 'none' }, { source_id = 'loop', body = 'x', metadata = (function() local t = {} t.t = t return t end)() },\n\
          { source_id = 'last', body = 'text' }, n = 7 } end\n";
    let synced = sync(script, &["good", "last", "empty", "loop"]).await.unwrap();
    let there: Vec<bool> = synced.documents.iter().map(Option::is_some).collect();
    assert_eq!(there, [true, true, false, false], "{:?}", synced.skips);
    assert_eq!(synced.skips.len(), 6, "{:?}", synced.skips);
    assert!(synced.skips.contains(&(Some("empty".into()), "`body` is empty".into())));
    assert!(synced.skips.contains(&(Some("none".into()), "`body` is missing".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_may_be_returned_in_place_of_a_global() {
    let script = "local connector = { description = 'Local' }\n\
        function connector.scan() return { { source_id = 'one', body = 'text' } } end\n\
        return connector\n";
    let synced = sync(script, &["one"]).await.unwrap();
    assert!(synced.documents[0].is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_may_stream() {
    let script = "connector = { description = 'Streams' }\n\
        function connector.scan(config, checkpoint)\n\
          for at = (tonumber(checkpoint) or 0) + 1, 1000 do\n\
            ctx.emit({ source_id = 'n' .. at, body = 'number ' .. at })\n\
            if at % 100 == 0 then ctx.checkpoint(at) end\n\
          end\n\
        end\n";
    let synced = sync(script, &["n1", "n1000", "n1001"]).await.unwrap();
    let there: Vec<bool> = synced.documents.iter().map(Option::is_some).collect();
    assert_eq!(there, [true, true, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_list_fails_and_says_so() {
    for (returned, expected) in [
        ("nil", "`connector.scan` returned nil"),
        ("'text'", "must return a list of items, got string"),
        ("{ source_id = 'one', body = 'x' }", "is not a list of items"),
    ] {
        let script = format!(
            "connector = {{ description = 'Gives no list' }}\n\
             function connector.scan() return {returned} end\n"
        );
        let error = sync(&script, &[]).await.err().unwrap();
        assert!(error.contains(expected), "{returned}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_of_short_pages_ends_when_its_extension_is_disabled() {
    let scripted = Scripted::new();
    scripted.workspace.drop_in(
        "gives.lua",
        "connector = { description = 'A walk that does not end', streaming = true }\n\
         function connector.scan()\n  local given = 0\n  while true do\n    given = given + 1\n    \
           ctx.emit({ source_id = tostring(given), body = 'one more' })\n    \
           ctx.checkpoint(tostring(given))\n  end\nend\n",
    );
    scripted.workspace.config("[sources.given]\nextension = \"gives\"\n");
    scripted.workspace.open().trust().unwrap();
    let host = scripted.workspace.open();
    // As `ctx ext disable` does it, in a process of its own.
    let elsewhere = scripted.workspace.open();
    let gives = ctx_model::ExtensionName::new("gives").unwrap();
    let mut disable = |event| {
        if let SyncEvent::Page { .. } = event {
            elsewhere.disable(&gives).unwrap();
        }
    };
    let receipt = host.sync("given", &SyncOptions::default(), &mut disable).await.unwrap();
    let error = receipt.outcome.unwrap_err().to_string();
    assert_eq!(error, "`gives` was stopped: it was disabled");
    let receipt = host.sync("given", &SyncOptions::default(), &mut |_| {}).await.unwrap();
    assert_eq!(receipt.outcome.unwrap_err().to_string(), "`gives` is disabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_cannot_be_read_now_ends_the_walk_and_is_asked_for_again() {
    let scripted = Scripted::new();
    scripted.workspace.drop_in(
        "gives.lua",
        "-- /// ctx\n-- name = 'gives'\n-- [requests]\n-- kv = true\n-- ///\n\
         connector = { description = 'Is closed at times', incremental = true }\n\
         function connector.scan(config, checkpoint)\n  \
           for at = (tonumber(checkpoint) or 0) + 1, 4 do\n    \
             ctx.emit({ source_id = 'n' .. at, version = '1', deferred = true })\n    \
             ctx.checkpoint(tostring(at))\n  end\nend\n\
         function connector.read(id)\n  \
           if id == 'n2' then ctx.fail('not-found', 'it is gone') end\n  \
           if id == 'n3' and not kv.get('asked') then\n    \
             kv.set('asked', 'yes')\n    \
             ctx.fail('unavailable', 'closed for an hour', { retry_after = 3600 })\n  end\n  \
           return 'body of ' .. id\nend\n",
    );
    scripted.workspace.config(
        "[sources.given]\nextension = \"gives\"\n[extension.gives]\nallow = { kv = true }\n",
    );
    scripted.workspace.open().trust().unwrap();
    let host = scripted.workspace.open();
    let sync = async || {
        let receipt = host.sync("given", &SyncOptions::default(), &mut |_| {}).await.unwrap();
        receipt.outcome.map_err(|error| error.to_string())
    };
    let is_stored = |id: &str| {
        let id = ctx_store::document_id("given", id).to_string();
        host.document(&id).is_ok()
    };
    let failed = sync().await.unwrap_err();
    assert!(failed.contains("closed for an hour"), "{failed}");
    assert_eq!(["n1", "n2", "n3", "n4"].map(is_stored), [true, false, false, false]);
    let report = sync().await.unwrap();
    assert_eq!(["n1", "n2", "n3", "n4"].map(is_stored), [true, false, true, true]);
    // What is gone for good is still only skipped.
    assert_eq!(report.skipped, 1, "{:?}", report.skips);
}
