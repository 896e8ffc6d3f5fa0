-- `ctx`: rich answers, questions, and failures with a kind.
local host = ...
local error, getmetatable, setmetatable, type, tostring =
  error, getmetatable, setmetatable, type, tostring
local fault = host.fault

local ctx = {}
_G.ctx = ctx

local function want(value, kind, called, place)
  if type(value) ~= kind and not (kind == "string" and type(value) == "number") then
    fault(called .. ": bad argument #" .. place .. " (" .. kind .. " expected, got " .. type(value) .. ")")
  end
  return value
end

-- Answers of tools.

local output = { __name = "output" }
local questions = { __name = "questions" }

function ctx.output(answer)
  return setmetatable(want(answer, "table", "ctx.output", 1), output)
end

function ctx.text(text, annotations)
  return { type = "text", text = want(text, "string", "ctx.text", 1), annotations = annotations }
end

function ctx.image(bytes, media_type, annotations)
  return {
    type = "image", data = want(bytes, "string", "ctx.image", 1),
    media_type = want(media_type, "string", "ctx.image", 2), annotations = annotations,
  }
end

function ctx.audio(bytes, media_type, annotations)
  return {
    type = "audio", data = want(bytes, "string", "ctx.audio", 1),
    media_type = want(media_type, "string", "ctx.audio", 2), annotations = annotations,
  }
end

function ctx.link(link)
  want(link, "table", "ctx.link", 1)
  if type(link.uri) ~= "string" then fault("ctx.link: `uri` must be a string") end
  return {
    type = "link", uri = link.uri, name = link.name or link.uri, title = link.title,
    description = link.description, media_type = link.media_type, size = link.size,
    annotations = link.annotations,
  }
end

function ctx.embedded(resource)
  want(resource, "table", "ctx.embedded", 1)
  if type(resource.uri) ~= "string" then fault("ctx.embedded: `uri` must be a string") end
  if (resource.text == nil) == (resource.bytes == nil) then
    fault("ctx.embedded: give either `text` or `bytes`")
  end
  return {
    type = "embedded", uri = resource.uri, text = resource.text, bytes = resource.bytes,
    media_type = resource.media_type, annotations = resource.annotations,
  }
end

-- Questions to the caller.

function ctx.ask(list, state, opts)
  want(list, "table", "ctx.ask", 1)
  if list.key ~= nil then list = { list } end
  return setmetatable(
    { questions = list, state = state, expires = opts and opts.expires }, questions)
end

function ctx.form(key, message, schema)
  return {
    key = want(key, "string", "ctx.form", 1), type = "form",
    message = want(message, "string", "ctx.form", 2),
    schema = host.schema(want(schema, "table", "ctx.form", 3)),
  }
end

function ctx.visit(key, message, url)
  return {
    key = want(key, "string", "ctx.visit", 1), type = "visit",
    message = want(message, "string", "ctx.visit", 2), url = want(url, "string", "ctx.visit", 3),
  }
end

function ctx.completion(key, params)
  return {
    key = want(key, "string", "ctx.completion", 1), type = "completion",
    params = want(params, "table", "ctx.completion", 2),
  }
end

function ctx.roots(key)
  return { key = want(key, "string", "ctx.roots", 1), type = "roots" }
end

-- What a role's function returned: how to read it, and the value.
function host.classify(value)
  if type(value) == "table" then
    local mark = getmetatable(value)
    if mark == output then return "output", value end
    if mark == questions then return "ask", value end
  end
  return "value", value
end

-- Failures.

local failure = { __name = "failure", __tostring = function(raised) return tostring(raised.message) end }

function ctx.fail(kind, message, opts)
  if type(kind) ~= "string" or not host.is_kind(kind) then
    fault("ctx.fail: `" .. tostring(kind) .. "` is no kind of failure; use invalid-input, not-found, "
      .. "denied, unavailable, exhausted, cancelled or internal")
  end
  opts = opts or {}
  error(setmetatable({
    kind = kind, message = tostring(message), retry_after = opts.retry_after, details = opts.details,
  }, failure), 0)
end
