-- /// ctx
-- name = "mcp-everything"
-- version = "0.1.0"
-- description = "One of everything that the Model Context Protocol can carry, for its conformance suite"
-- license = "Apache-2.0"
-- contract = "^0.1"
-- ///

local png = base64.decode(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==")
local wav = base64.decode("UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=")

local function answers(text)
  return function() return text end
end

-- A form with fields that are all text and all required.
local function texts(...)
  local properties, required = {}, {}
  for _, name in ipairs({ ... }) do
    properties[name] = { type = "string" }
    required[#required + 1] = name
  end
  return { type = "object", properties = properties, required = required }
end

-- What came of a question, for a person to read.
local function told(answer)
  local action = { accepted = "accept", declined = "decline", dismissed = "cancel" }
  if answer == nil then return "action=cancel, content={}" end
  return "action=" .. action[answer.outcome] .. ", content=" .. json.encode(answer.value or {})
end

-- The text of what a model said.
local function said(answer)
  local content = answer and answer.value and answer.value.content
  return type(content) == "table" and (content.text or (content[1] and content[1].text)) or "nothing"
end

local function completion(key, prompt)
  return ctx.completion(key, {
    messages = { { role = "user", content = { type = "text", text = prompt } } }, maxTokens = 100,
  })
end

-- The answer with this key, if it was accepted and holds the field.
local function given(context, key, field)
  local answer = context.resumed and context.resumed.answers[key]
  local value = answer and answer.outcome == "accepted" and answer.value
  if type(value) ~= "table" then return nil end
  return value[field]
end

tools = {
  {
    name = "about", description = "Says what this is",
    execute = answers("One of everything that the Model Context Protocol can carry."),
  },
  {
    name = "test_simple_text", description = "Answers with text",
    execute = answers("This is a simple text response for testing."),
  },
  {
    name = "test_image_content", description = "Answers with a picture",
    execute = function() return ctx.output({ blocks = { ctx.image(png, "image/png") } }) end,
  },
  {
    name = "test_audio_content", description = "Answers with a sound",
    execute = function() return ctx.output({ blocks = { ctx.audio(wav, "audio/wav") } }) end,
  },
  {
    name = "test_embedded_resource", description = "Answers with a resource",
    execute = function()
      return ctx.output({ blocks = { ctx.embedded({
        uri = "test://embedded-resource", media_type = "text/plain",
        text = "This is an embedded resource content.",
      }) } })
    end,
  },
  {
    name = "test_multiple_content_types", description = "Answers with text, a picture and a resource",
    execute = function()
      return ctx.output({ blocks = {
        ctx.text("Multiple content types test:"),
        ctx.image(png, "image/png"),
        ctx.embedded({
          uri = "test://mixed-content-resource", media_type = "application/json",
          text = '{"test":"data","value":123}',
        }),
      } })
    end,
  },
  {
    name = "test_tool_with_logging", description = "Says three lines while it works",
    execute = function()
      log.info("Tool execution started")
      sleep(0.05)
      log.info("Tool processing data")
      sleep(0.05)
      log.info("Tool execution completed")
      return "Logging test completed"
    end,
  },
  {
    name = "test_logging_tool", description = "Says one line",
    execute = function()
      log.info("This is said to those who asked for it")
      return "Said"
    end,
  },
  {
    name = "test_error_handling", description = "Fails, always",
    execute = function()
      ctx.fail("unavailable", "This tool intentionally returns an error for testing")
    end,
  },
  {
    name = "test_tool_with_progress", description = "Tells how far it is",
    execute = function()
      for done = 0, 100, 50 do
        caller.progress(done, 100, "step " .. done)
        sleep(0.05)
      end
      return "Progress test completed"
    end,
  },
  {
    name = "test_sampling", description = "Asks the client's model",
    parameters = { { name = "prompt", type = "string", required = true } },
    execute = function(params, context)
      if not context.resumed then return ctx.ask(completion("answer", params.prompt)) end
      return "LLM response: " .. said(context.resumed.answers.answer)
    end,
  },
  {
    name = "test_elicitation", description = "Asks who somebody is",
    parameters = { { name = "message", type = "string", required = true } },
    execute = function(params, context)
      if not context.resumed then
        return ctx.ask(ctx.form("user", params.message, {
          type = "object",
          properties = {
            username = { type = "string", description = "User's response" },
            email = { type = "string", description = "User's email address" },
          },
          required = { "username", "email" },
        }))
      end
      return "User response: " .. told(context.resumed.answers.user)
    end,
  },
  {
    name = "test_elicitation_sep1034_defaults", description = "Asks with a default in each field",
    execute = function(_, context)
      if not context.resumed then
        return ctx.ask(ctx.form("values", "Please look at these values", {
          type = "object",
          properties = {
            name = { type = "string", default = "John Doe" },
            age = { type = "integer", default = 30 },
            score = { type = "number", default = 95.5 },
            status = { type = "string", enum = { "active", "inactive", "pending" }, default = "active" },
            verified = { type = "boolean", default = true },
          },
        }))
      end
      return "Elicitation completed: " .. told(context.resumed.answers.values)
    end,
  },
  {
    name = "test_elicitation_sep1330_enums", description = "Asks with a choice of each kind",
    execute = function(_, context)
      if not context.resumed then
        local function titled(key, titles)
          local list = {}
          for place, title in ipairs(titles) do
            list[place] = { const = key .. place, title = title }
          end
          return list
        end
        return ctx.ask(ctx.form("choices", "Please choose", {
          type = "object",
          properties = {
            untitledSingle = { type = "string", enum = { "option1", "option2", "option3" } },
            titledSingle = {
              type = "string",
              oneOf = titled("value", { "First Option", "Second Option", "Third Option" }),
            },
            legacyEnum = {
              type = "string", enum = { "opt1", "opt2", "opt3" },
              enumNames = { "Option One", "Option Two", "Option Three" },
            },
            untitledMulti = {
              type = "array", items = { type = "string", enum = { "option1", "option2", "option3" } },
            },
            titledMulti = {
              type = "array",
              items = { anyOf = titled("value", { "First Choice", "Second Choice", "Third Choice" }) },
            },
          },
        }))
      end
      return "Elicitation completed: " .. told(context.resumed.answers.choices)
    end,
  },
  {
    name = "json_schema_2020_12_tool", description = "Tool with JSON Schema 2020-12 features",
    parameters = {
      ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
      type = "object",
      ["$defs"] = {
        address = {
          ["$anchor"] = "addressDef", type = "object",
          properties = { street = { type = "string" }, city = { type = "string" } },
        },
      },
      properties = {
        name = { type = "string" },
        address = { ["$ref"] = "#/$defs/address" },
        contactMethod = { type = "string", enum = { "phone", "email" } },
        phone = { type = "string" },
        email = { type = "string" },
      },
      allOf = { { anyOf = { { required = { "phone" } }, { required = { "email" } } } } },
      ["if"] = { properties = { contactMethod = { const = "phone" } }, required = { "contactMethod" } },
      ["then"] = { required = { "phone" } },
      ["else"] = { required = { "email" } },
      additionalProperties = false,
    },
    execute = function(params) return json.encode(params) end,
  },
  {
    name = "test_custom_header", description = "Takes an argument that stands in a header too",
    parameters = {
      type = "object",
      properties = { value = { type = "string", ["x-mcp-header"] = "Value" } },
    },
    execute = function(params) return "value: " .. tostring(params.value) end,
  },
  {
    name = "test_missing_capability", description = "Needs a client that samples",
    execute = function(_, context)
      if not context.resumed then return ctx.ask(completion("answer", "Are you there?")) end
      return said(context.resumed.answers.answer)
    end,
  },
  {
    name = "test_streaming_elicitation", description = "Asks, and never sends a request of its own",
    execute = function(_, context)
      if not context.resumed then return ctx.ask(ctx.form("name", "Who are you?", texts("name"))) end
      return "Hello, " .. tostring(given(context, "name", "name"))
    end,
  },
  {
    name = "test_trigger_tool_change", description = "Says that the tools have changed",
    execute = function()
      changed.tools()
      return "The tools have changed"
    end,
  },
  {
    name = "test_trigger_prompt_change", description = "Says that the prompts have changed",
    execute = function()
      changed.agents()
      return "The prompts have changed"
    end,
  },
  {
    name = "test_update_resource", description = "Says that the watched resource has changed",
    execute = function()
      changed.resource("test://watched-resource")
      return "The resource has changed"
    end,
  },
  {
    name = "test_input_required_result_elicitation", description = "Asks for a name until it has one",
    execute = function(_, context)
      local name = given(context, "user_name", "name")
      if type(name) ~= "string" then
        return ctx.ask(ctx.form("user_name", "What is your name?", texts("name")))
      end
      return "Hello, " .. name .. "!"
    end,
  },
  {
    name = "test_input_required_result_sampling", description = "Asks the client's model for a capital",
    execute = function(_, context)
      local answer = context.resumed and context.resumed.answers.capital_question
      if not answer then return ctx.ask(completion("capital_question", "What is the capital of France?")) end
      return said(answer)
    end,
  },
  {
    name = "test_input_required_result_list_roots", description = "Asks for the client's folders",
    execute = function(_, context)
      local answer = context.resumed and context.resumed.answers.client_roots
      if not answer then return ctx.ask(ctx.roots("client_roots")) end
      return "Roots: " .. json.encode(answer.value or {})
    end,
  },
  {
    name = "test_input_required_result_request_state", description = "Keeps a state between two calls",
    execute = function(_, context)
      local answer = context.resumed and context.resumed.answers.confirm
      if not answer or context.resumed.state.secret ~= 42 then
        local form = { type = "object", properties = { ok = { type = "boolean" } }, required = { "ok" } }
        return ctx.ask(ctx.form("confirm", "Please confirm", form), { secret = 42 })
      end
      return "state-ok"
    end,
  },
  {
    name = "test_input_required_result_multiple_inputs", description = "Asks three things at once",
    execute = function(_, context)
      local answers = context.resumed and context.resumed.answers or {}
      if not (answers.user_name and answers.greeting and answers.client_roots) then
        return ctx.ask({
          ctx.form("user_name", "What is your name?", texts("name")),
          completion("greeting", "Generate a greeting"),
          ctx.roots("client_roots"),
        })
      end
      return said(answers.greeting) .. " " .. tostring(given(context, "user_name", "name"))
    end,
  },
  {
    name = "test_input_required_result_multi_round", description = "Asks twice",
    execute = function(_, context)
      local state = context.resumed and context.resumed.state or {}
      local color = given(context, "step2", "color")
      if state.name and color then return state.name .. " likes " .. color end
      local name = state.name or given(context, "step1", "name")
      if name then
        local form = ctx.form("step2", "Step 2: What is your favorite color?", texts("color"))
        return ctx.ask(form, { name = name })
      end
      return ctx.ask(ctx.form("step1", "Step 1: What is your name?", texts("name")))
    end,
  },
  {
    name = "test_input_required_result_tampered_state", description = "Trusts no state but its own",
    execute = function(_, context)
      if not given(context, "confirm", "ok") then
        local form = { type = "object", properties = { ok = { type = "boolean" } }, required = { "ok" } }
        return ctx.ask(ctx.form("confirm", "Please confirm", form), { round = 1 })
      end
      return "state-ok"
    end,
  },
  {
    name = "test_input_required_result_capabilities", description = "Asks in the way that the client can answer",
    execute = function(_, context)
      if not context.resumed then return ctx.ask(completion("answer", "What do you say?")) end
      return said(context.resumed.answers.answer)
    end,
  },
  {
    name = "greet", description = "Greets somebody, at once",
    parameters = { { name = "name", type = "string", required = true } },
    execute = function(params) return "Hello, " .. params.name .. "!" end,
  },
  {
    name = "slow_compute", description = "Takes its time", task = "optional",
    parameters = {
      { name = "seconds", type = "number", required = true },
      { name = "label", type = "string" },
    },
    execute = function(params)
      sleep(params.seconds)
      return "done: " .. tostring(params.label)
    end,
  },
  {
    name = "failing_job", description = "Fails, as a task", task = "required",
    execute = function() ctx.fail("unavailable", "the job failed") end,
  },
  {
    name = "protocol_error_job", description = "Breaks down, as a task", task = "required",
    execute = function() ctx.fail("internal", "the job broke down") end,
  },
  {
    name = "confirm_delete", description = "Asks before it deletes", task = "required",
    parameters = { { name = "filename", type = "string", required = true } },
    execute = function(params, context)
      if not context.resumed then
        local form = { type = "object", properties = { confirm = { type = "boolean" } }, required = { "confirm" } }
        return ctx.ask(ctx.form("confirm", "Delete " .. params.filename .. "?", form))
      end
      if given(context, "confirm", "confirm") then return "deleted " .. params.filename end
      return "kept " .. params.filename
    end,
  },
  {
    name = "multi_input", description = "Asks two things at once", task = "required",
    execute = function(_, context)
      if not context.resumed then
        return ctx.ask({
          ctx.form("first", "What is the first?", texts("value")),
          ctx.form("second", "What is the second?", texts("value")),
        })
      end
      return "first: " .. told(context.resumed.answers.first) .. "; second: " .. told(context.resumed.answers.second)
    end,
  },
  {
    name = "test_tool_with_task", description = "Asks, and then takes its time", task = "optional",
    execute = function(_, context)
      local name = given(context, "user_name", "name")
      if not name then return ctx.ask(ctx.form("user_name", "What is your name?", texts("name"))) end
      sleep(1)
      return "Hello, " .. name .. "!"
    end,
  },
}

local function user(content)
  return { role = "user", content = content }
end

agents = {
  {
    name = "test_simple_prompt", description = "A prompt without arguments",
    resolve = function() return { system = "", messages = { user("This is a simple prompt for testing.") } } end,
  },
  {
    name = "test_prompt_with_arguments", description = "A prompt with two arguments",
    arguments = {
      { name = "arg1", description = "First test argument", required = true,
        complete = { "paris", "park", "party", "test" } },
      { name = "arg2", description = "Second test argument", required = true },
    },
    resolve = function(args)
      local text = "Prompt with arguments: arg1='" .. args.arg1 .. "', arg2='" .. args.arg2 .. "'"
      return { system = "", messages = { user(text) } }
    end,
  },
  {
    name = "test_prompt_with_embedded_resource", description = "A prompt that carries a resource",
    arguments = { { name = "resourceUri", description = "The resource's address", required = true } },
    resolve = function(args)
      local resource = ctx.embedded({
        uri = args.resourceUri, media_type = "text/plain", text = "Embedded resource content for testing.",
      })
      return { system = "", messages = { user({ resource }), user("Please process the embedded resource above.") } }
    end,
  },
  {
    name = "test_prompt_with_image", description = "A prompt that carries a picture",
    resolve = function()
      return { system = "", messages = { user({ ctx.image(png, "image/png") }), user("Please analyze the image above.") } }
    end,
  },
  {
    name = "test_input_required_result_prompt", description = "A prompt that asks first",
    resolve = function(_, _, context)
      local answer = given(context, "user_context", "context")
      if not answer then
        return ctx.ask(ctx.form("user_context", "What context should the prompt use?", texts("context")))
      end
      return { system = "", messages = { user("Use this context: " .. answer) } }
    end,
  },
}

local skill = [[
---
name: everything
description: Tries everything that the Model Context Protocol can carry.
license: Apache-2.0
metadata:
  version: "0.1.0"
---

# Everything

Call the tools of `mcp-everything` one after the other, and compare what they answer with `references/answers.md`.
]]

resources = {
  {
    uri = "test://static-text", name = "static-text", title = "Static text",
    description = "A text that never changes", media_type = "text/plain",
    text = "This is the content of the static text resource.",
  },
  {
    uri = "test://static-binary", name = "static-binary", title = "Static picture",
    description = "A picture that never changes", media_type = "image/png", bytes = png,
  },
  {
    uri = "test://watched-resource", name = "watched-resource", title = "Watched",
    description = "A text that can be watched", media_type = "text/plain",
    read = function() return "Watched resource content" end,
  },
  {
    uri_template = "test://template/{id}/data", name = "template", title = "Data by id",
    description = "Data for whatever id is asked for", media_type = "application/json",
    complete = { id = { "1", "12", "123" } },
    read = function(address)
      local id = address.variables.id
      return json.encode({ id = id, templateTest = true, data = "Data for ID: " .. id })
    end,
  },
  {
    uri = "skill://everything/SKILL.md", name = "everything", media_type = "text/markdown",
    description = "Tries everything that the Model Context Protocol can carry.", text = skill,
  },
  {
    uri = "skill://everything/references/answers.md", name = "answers.md", media_type = "text/markdown",
    description = "What the tools answer", text = "# Answers\n\n`greet` answers with a greeting.\n",
  },
}
