-- What a script is: the role globals it defined, described and called.
local host = ...
local _G, error, math_type, next, pairs, rawget, tostring, type =
  _G, error, math.type, next, pairs, rawget, tostring, type
local gsub, match, sub = string.gsub, string.match, string.sub
local schema_text, json_text, classify = host.schema_text, host.json_text, host.classify

local function text(value, what)
  if value == nil or type(value) == "string" then return value end
  if type(value) == "number" then return tostring(value) end
  error("`" .. what .. "` must be a string, got " .. type(value), 0)
end

-- A list of strings. Numbers are strings too, and what is neither is dropped.
local function texts(value, what)
  if value == nil then return {} end
  if type(value) ~= "table" then error("`" .. what .. "` must be a list of strings, got " .. type(value), 0) end
  local list = {}
  for place = 1, #value do
    local kind = type(value[place])
    if kind == "string" or kind == "number" then list[#list + 1] = tostring(value[place]) end
  end
  return list
end

-- Each of a role's tables, with the words to name it by in an error.
local function each(one, many)
  local list = {}
  local single = rawget(_G, one)
  if type(single) == "table" then list[1] = { table = single, what = one } end
  local several = rawget(_G, many)
  if type(several) == "table" and type(several[1]) == "table" then
    for place = 1, #several do
      local what = many .. "[" .. place .. "]"
      if type(several[place]) ~= "table" then error("`" .. what .. "` is not a table", 0) end
      list[#list + 1] = { table = several[place], what = what }
    end
  end
  return list
end

host.each, host.named_text = each, text

-- The name of a tool or an agent. One alone may go by the file's name, and what
-- no protocol knows in its name is replaced: Context Harness ignores the name.
local function named(entry, alone)
  local name = text(entry.table.name, entry.what .. ".name")
  if alone then
    if name == nil or name == "" then name = gsub(host.stem(), "-", "_") end
    name = sub(gsub(name, "[^%w_-]", "_"), 1, 64)
  elseif name == nil then
    error("`" .. entry.what .. ".name` is missing: each of several needs a name", 0)
  end
  if #name > 64 or not match(name, "^[%w_-]+$") then
    error("`" .. entry.what .. ".name` is `" .. name .. "`; a name is 1 to 64 letters, digits, `_` and `-`", 0)
  end
  return name
end

local function catalog(one, many)
  local list, taken = each(one, many), {}
  for place = 1, #list do
    local entry = list[place]
    entry.name = named(entry, #list == 1)
    if taken[entry.name] then error("two of this script's " .. many .. " are called `" .. entry.name .. "`", 0) end
    taken[entry.name] = entry
  end
  return list, taken
end

function host.agents()
  return (catalog("agent", "agents"))
end
host.catalog, host.text, host.texts = catalog, text, texts

-- A script may return its table in place of making it a global.
local shapes = { connector = { "scan" }, tool = { "execute" }, agent = { "resolve", "prompt" }, extractor = { "extract" }, embedder = { "embed" },
  compressor = { "compress" }, chunker = { "split" }, read_mode = { "look" } }
function host.adopt(returned)
  if type(returned) ~= "table" then return end
  for role, names in next, shapes do
    for place = 1, #names do
      if type(rawget(returned, names[place])) == "function" and rawget(_G, role) == nil then
        _G[role] = returned
      end
    end
  end
end

function host.roles()
  local roles = {}
  if type(rawget(_G, "connector")) == "table" then roles[#roles + 1] = "connector" end
  if #each("tool", "tools") > 0 then roles[#roles + 1] = "tool" end
  if #each("agent", "agents") > 0 then roles[#roles + 1] = "agent" end
  if host.has_resources() then roles[#roles + 1] = "resource" end
  if host.completes() then roles[#roles + 1] = "completer" end
  if type(rawget(_G, "extractor")) == "table" then roles[#roles + 1] = "extractor" end
  if type(rawget(_G, "embedder")) == "table" then roles[#roles + 1] = "embedder" end
  host.hooked(roles)
  if #each("compressor", "compressors") > 0 then roles[#roles + 1] = "compressor" end
  if #each("chunker", "chunkers") > 0 then roles[#roles + 1] = "chunker" end
  if #each("read_mode", "read_modes") > 0 then roles[#roles + 1] = "read-mode" end
  if #roles == 0 then
    error(host.script() .. " defines no role: define a global table `connector` with a function `scan`, "
      .. "`tool` with a function `execute` (or a list `tools`), `agent` with a function `resolve` "
      .. "(or a list `agents`), "
      .. "a list `resources`, `extractor` with a function `extract`, `embedder` with a function `embed`, "
      .. "`compressor` with `compress`, `chunker` with `split`, `read_mode` with `look`, "
      .. "or `hooks` with a function for a phase; "
      .. "or return such a table", 0)
  end
  return roles
end

-- Tools.

local hints = { "read_only", "destructive", "idempotent", "open_world" }

function host.list_tools()
  local list = catalog("tool", "tools")
  local infos = {}
  for place = 1, #list do
    local tool, what = list[place].table, list[place].what
    if type(tool.execute) ~= "function" then error("`" .. what .. ".execute` is not a function", 0) end
    local claims = {}
    if tool.hints ~= nil and type(tool.hints) ~= "table" then error("`" .. what .. ".hints` must be a table", 0) end
    for claim = 1, #hints do claims[hints[claim]] = (tool.hints or {})[hints[claim]] == true end
    infos[place] = {
      name = list[place].name,
      title = text(tool.title, what .. ".title"),
      description = text(tool.description, what .. ".description") or ("Lua tool: " .. list[place].name),
      input_schema = schema_text(tool.parameters, what .. ".parameters"),
      output_schema = tool.output_schema ~= nil and schema_text(tool.output_schema, what .. ".output_schema") or nil,
      hints = claims,
      task = text(tool.task, what .. ".task"),
      meta = json_text(tool.meta, what .. ".meta"),
    }
  end
  return infos
end

function host.call_tool(name, params, resumed)
  local _, tools = catalog("tool", "tools")
  local entry = tools[name]
  if entry == nil then return "unknown" end
  if type(entry.table.execute) ~= "function" then error("`" .. entry.what .. ".execute` is not a function", 0) end
  host.context.resumed = resumed
  return classify((entry.table.execute(params, host.context)))
end

-- Agents.

function host.list_agents()
  local list = catalog("agent", "agents")
  local infos = {}
  for place = 1, #list do
    local agent, what = list[place].table, list[place].what
    if type(agent.resolve) ~= "function" and type(agent.prompt) ~= "function" and type(agent.system) ~= "string" then
      error("`" .. what .. "` needs a function `resolve(args, config, context)` that returns { system = ... }", 0)
    end
    local arguments = {}
    if agent.arguments ~= nil and type(agent.arguments) ~= "table" then
      error("`" .. what .. ".arguments` must be a list", 0)
    end
    for at = 1, #(agent.arguments or {}) do
      local argument = agent.arguments[at]
      local called = what .. ".arguments[" .. at .. "]"
      if type(argument) ~= "table" or argument.name == nil then error("`" .. called .. "` has no `name`", 0) end
      arguments[at] = {
        name = text(argument.name, called .. ".name"),
        title = text(argument.title, called .. ".title"),
        description = text(argument.description, called .. ".description") or "",
        required = argument.required == true,
      }
    end
    infos[place] = {
      name = list[place].name,
      title = text(agent.title, what .. ".title"),
      description = text(agent.description, what .. ".description") or ("Lua agent: " .. list[place].name),
      arguments = arguments,
      tools = texts(agent.tools, what .. ".tools"),
      meta = json_text(agent.meta, what .. ".meta"),
    }
  end
  return infos
end

local function checked(prompt, what)
  if type(prompt) == "string" then return { system = prompt } end
  local system = type(prompt) == "table" and prompt.system
  if type(system) ~= "string" and type(system) ~= "number" then
    error("`" .. what .. "` must return a table with a string `system`, or a string; got "
      .. (type(prompt) == "table" and "a table without it" or type(prompt)), 0)
  end
  return {
    system = tostring(system),
    messages = type(prompt.messages) == "table" and prompt.messages or nil,
    tools = prompt.tools ~= nil and texts(prompt.tools, "tools") or nil,
  }
end

function host.prepare(name, arguments, resumed)
  local _, agents = catalog("agent", "agents")
  local entry = agents[name]
  if entry == nil then return "unknown" end
  local agent, context = entry.table, host.context
  context.resumed = resumed
  local kind, value, what
  if type(agent.resolve) == "function" then
    what = entry.what .. ".resolve"
    kind, value = classify((agent.resolve(arguments, context.config, context)))
  elseif type(agent.prompt) == "function" then
    what = entry.what .. ".prompt"
    kind, value = classify((agent.prompt(context, arguments)))
  else
    what = entry.what
    kind, value = "value", { system = agent.system, messages = agent.messages }
  end
  if kind == "ask" then return kind, value end
  return "value", checked(value, what)
end
