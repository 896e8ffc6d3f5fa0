-- Resources and completions: what a script holds, and how it is read.
local host = ...
local error, ipairs, sub, tostring, type = error, ipairs, string.sub, tostring, type
local json_text, classify, named_text = host.json_text, host.classify, host.named_text

-- Each of the script's resources, with the words to name it by in an error. A
-- global of this name that holds something else is the script's own affair.
local function each()
  local list = {}
  for place, entry in ipairs(host.each("resource", "resources")) do
    local own = entry.table
    if type(own.uri) ~= "string" and type(own.uri_template) ~= "string" then
      if place == 1 then return {} end
      error("`" .. entry.what .. "` needs a string `uri`, or a string `uri_template`", 0)
    end
    list[place] = entry
  end
  return list
end

function host.has_resources() return #each() > 0 end

function host.list_resources()
  local resources, templates = {}, {}
  for _, entry in ipairs(each()) do
    local own, what = entry.table, entry.what
    if type(own.read) ~= "function" and type(own.text) ~= "string" and type(own.bytes) ~= "string" then
      error("`" .. what .. "` needs a function `read(address, context)`, a string `text` or a string `bytes`", 0)
    end
    local list = own.uri and resources or templates
    list[#list + 1] = {
      uri = own.uri or own.uri_template,
      name = named_text(own.name, what .. ".name") or own.uri or own.uri_template,
      title = named_text(own.title, what .. ".title"),
      description = named_text(own.description, what .. ".description"),
      media_type = named_text(own.media_type, what .. ".media_type"),
      size = own.size or (type(own.bytes or own.text) == "string" and #(own.bytes or own.text)) or nil,
      annotations = json_text(own.annotations, what .. ".annotations"),
      meta = json_text(own.meta, what .. ".meta"),
    }
  end
  return { resources = resources, templates = templates }
end

-- Makes a list of contents of whatever a script may return for one.
local function contents(made, own, uri, what)
  if type(made) == "string" then made = { text = made } end
  if type(made) ~= "table" then
    error("`" .. what .. ".read` must return a string or a table, got " .. type(made), 0)
  end
  if made.text == nil and made.bytes == nil then
    local list = {}
    for place, one in ipairs(made) do list[place] = contents(one, own, uri, what)[1] end
    return list
  end
  return { {
    uri = made.uri or uri, text = made.text, bytes = made.bytes,
    media_type = made.media_type or own.media_type, meta = made.meta or own.meta,
  } }
end

function host.read_resource(uri, template, variables, resumed)
  for _, entry in ipairs(each()) do
    local own = entry.table
    if (template and own.uri_template == template) or (not template and own.uri == uri) then
      if type(own.read) ~= "function" then
        return "value", contents({ text = own.text, bytes = own.bytes }, own, uri, entry.what)
      end
      local context = host.context
      context.resumed = resumed
      local kind, made = classify((own.read({ uri = uri, variables = variables }, context)))
      if kind == "ask" then return kind, made end
      if made == nil then return "unknown" end
      return "value", contents(made, own, uri, entry.what)
    end
  end
  return "unknown"
end

-- Completions.

-- What completes an argument of an agent, or a place of a template.
local function completing(subject, name, argument)
  if subject == "template" then
    for _, entry in ipairs(each()) do
      local own = entry.table
      if own.uri_template == name and type(own.complete) == "table" then
        return own.complete[argument], entry.what .. ".complete." .. argument
      end
    end
    return nil
  end
  for _, entry in ipairs(host.agents()) do
    if entry.name == name then
      for at, declared in ipairs(entry.table.arguments or {}) do
        if declared.name == argument then
          return declared.complete, entry.what .. ".arguments[" .. at .. "].complete"
        end
      end
    end
  end
  return nil
end

function host.completes()
  for _, entry in ipairs(each()) do
    if type(entry.table.complete) == "table" then return true end
  end
  for _, entry in ipairs(host.each("agent", "agents")) do
    local arguments = entry.table.arguments
    for _, declared in ipairs(type(arguments) == "table" and arguments or {}) do
      if type(declared) == "table" and declared.complete ~= nil then return true end
    end
  end
  return false
end

function host.complete(subject, name, argument, value, known)
  local complete, what = completing(subject, name, argument)
  if complete == nil then return {} end
  if type(complete) == "function" then
    local made = complete(value, known, host.context)
    if made == nil then return {} end
    if type(made) ~= "table" then error("`" .. what .. "` must return a list, got " .. type(made), 0) end
    return made
  end
  if type(complete) ~= "table" then error("`" .. what .. "` must be a function or a list", 0) end
  local values = {}
  for _, one in ipairs(complete) do
    if sub(tostring(one), 1, #value) == value then values[#values + 1] = tostring(one) end
  end
  return values
end
