//! Tools that answer at once: with each sort of content, and with what they say
//! on the way.

use std::thread::sleep;
use std::time::Duration;

use ctx_sdk::{Block, Error, Reply, Schema, ToolInfo, caller, changed, log};
use serde_json::json;

use crate::pictures::{PNG, WAV};
use crate::tool;

const STEP: Duration = Duration::from_millis(50);

tool!(About, "about", ToolInfo::new("Says what this is"), |_, _| {
    Ok(Reply::text("One of everything that the Model Context Protocol can carry."))
});

tool!(Text, "test_simple_text", ToolInfo::new("Answers with text"), |_, _| {
    Ok(Reply::text("This is a simple text response for testing."))
});

tool!(Image, "test_image_content", ToolInfo::new("Answers with a picture"), |_, _| {
    Ok(Reply::blocks([Block::image("image/png", PNG.to_vec())]))
});

tool!(Audio, "test_audio_content", ToolInfo::new("Answers with a sound"), |_, _| {
    Ok(Reply::blocks([Block::audio("audio/wav", WAV.to_vec())]))
});

tool!(Embedded, "test_embedded_resource", ToolInfo::new("Answers with a resource"), |_, _| {
    let text = "This is an embedded resource content.";
    Ok(Reply::blocks([Block::embedded("test://embedded-resource", "text/plain", text)]))
});

tool!(
    Mixed,
    "test_multiple_content_types",
    ToolInfo::new("Answers with text, a picture and a resource"),
    |_, _| {
        let json = r#"{"test":"data","value":123}"#;
        Ok(Reply::blocks([
            Block::text("Multiple content types test:"),
            Block::image("image/png", PNG.to_vec()),
            Block::embedded("test://mixed-content-resource", "application/json", json),
        ]))
    }
);

tool!(
    Logging,
    "test_tool_with_logging",
    ToolInfo::new("Says three lines while it works"),
    |_, _| {
        log::info("Tool execution started");
        sleep(STEP);
        log::info("Tool processing data");
        sleep(STEP);
        log::info("Tool execution completed");
        Ok(Reply::text("Logging test completed"))
    }
);

tool!(OneLine, "test_logging_tool", ToolInfo::new("Says one line"), |_, _| {
    log::info("This is said to those who asked for it");
    Ok(Reply::text("Said"))
});

tool!(Failing, "test_error_handling", ToolInfo::new("Fails, always"), |_, _| {
    Err(Error::unavailable("This tool intentionally returns an error for testing"))
});

tool!(Progress, "test_tool_with_progress", ToolInfo::new("Tells how far it is"), |_, _| {
    for (done, step) in [(0.0, "step 0"), (50.0, "step 50"), (100.0, "step 100")] {
        caller::progress(done, Some(100.0), Some(step));
        sleep(STEP);
    }
    Ok(Reply::text("Progress test completed"))
});

tool!(
    Schema2020,
    "json_schema_2020_12_tool",
    ToolInfo::new("Tool with JSON Schema 2020-12 features").input(Schema::from(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            },
        },
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": false,
    }))),
    |arguments, _| Ok(Reply::text(arguments.to_string()))
);

tool!(
    CustomHeader,
    "test_custom_header",
    ToolInfo::new("Takes an argument that stands in a header too").input(Schema::from(json!({
        "type": "object",
        "properties": {"value": {"type": "string", "x-mcp-header": "Value"}},
    }))),
    |arguments, _| Ok(Reply::text(format!("value: {}", arguments["value"])))
);

tool!(
    ToolChange,
    "test_trigger_tool_change",
    ToolInfo::new("Says that the tools have changed"),
    |_, _| {
        changed::tools();
        Ok(Reply::text("The tools have changed"))
    }
);

tool!(
    PromptChange,
    "test_trigger_prompt_change",
    ToolInfo::new("Says that the prompts have changed"),
    |_, _| {
        changed::agents();
        Ok(Reply::text("The prompts have changed"))
    }
);

tool!(
    ResourceChange,
    "test_update_resource",
    ToolInfo::new("Says that the watched resource has changed"),
    |_, _| {
        changed::resource("test://watched-resource");
        Ok(Reply::text("The resource has changed"))
    }
);
