-- A connector's walk: a coroutine that emits, or a list that is handed over.
local host = ...
local error, math_type, next, pairs, rawget, tostring, type =
  error, math.type, next, pairs, rawget, tostring, type
local running, yield = coroutine.running, coroutine.yield
local push, push_checkpoint = host.push, host.push_checkpoint
local guard, fault = host.guard, host.fault
local ctx = ctx

local function connector()
  local found = rawget(_G, "connector")
  if type(found) ~= "table" then error(host.script() .. " defines no global table `connector`", 0) end
  if type(found.scan) ~= "function" then error("`connector.scan` is not a function", 0) end
  return found
end

local function streams(found)
  if found.streaming ~= nil then return found.streaming == true end
  return host.parameters(found.scan) >= 2
end

function host.describe_connector()
  local found = connector()
  if found.description ~= nil and type(found.description) ~= "string" then
    error("`connector.description` must be a string, got " .. type(found.description), 0)
  end
  return {
    description = found.description or ("Lua connector: " .. host.stem()),
    settings_schema = host.schema_text(found.settings, "connector.settings"),
    incremental = found.incremental == true,
    complete = found.complete == true,
    streaming = streams(found),
  }
end

-- Whether the connector still knows what this checkpoint means.
function host.accepts(checkpoint)
  local found = connector()
  if checkpoint == nil or type(found.accepts) ~= "function" then return true end
  return found.accepts(checkpoint) and true or false
end

-- The coroutine of the walk that is going on, and whether its page is full.
local walk, full = nil, false

-- A full page is handed out before the next document is taken, not after the
-- last one: a checkpoint that follows that one still belongs to its page.
local function make_room()
  if running() == walk then
    full = false
    yield()
  end
end

function ctx.emit(item)
  if full then make_room() end
  full = push(item)
end

function ctx.remove(id)
  if full then make_room() end
  full = push({ source_id = id, removed = true })
end

function ctx.skip(id, reason)
  if full then make_room() end
  full = push({ source_id = id, skipped = tostring(reason) })
end

function ctx.checkpoint(value)
  if value == nil then fault("ctx.checkpoint: bad argument #1 (a string, a number or a table expected, got nil)") end
  push_checkpoint(value)
end

function ctx.total(count)
  host.push_total(count)
end

-- Where a list ends, how many it holds, and one of the keys that are no place
-- in it: there may be holes. Fails if it is not a list at all.
local function measure(list)
  local last, count, stray = 0, 0, nil
  for key in next, list do
    if math_type(key) ~= "integer" or key < 1 then
      stray = tostring(key)
    else
      if key > last then last = key end
      count = count + 1
    end
  end
  if stray and count == 0 then
    error("`connector.scan` returned a table that is not a list of items: it has the key `" .. stray .. "`", 0)
  end
  return last, count, stray
end

local function scan(config, checkpoint, source)
  local found = connector()
  walk, full = running(), false
  local list, place = found.scan(config, checkpoint, source)
  if list ~= nil and type(list) ~= "table" then
    error("`connector.scan` must return a list of items, got " .. type(list), 0)
  end
  if list == nil and not streams(found) and not host.has_emitted() then
    error("`connector.scan` returned nil: return a list of items, or call `ctx.emit(item)` for each", 0)
  end
  if list == nil then return end
  local last, count, stray = measure(list)
  if stray then
    push({ source_id = stray, skipped = "the list of items has the key `" .. stray .. "`, which is no place in a list" })
  end
  return list, last, count, place
end

-- The body of the walk's coroutine.
function host.walk(config, checkpoint, source)
  return guard(scan, config, checkpoint, source)
end

function host.read_deferred(id, config)
  local found = connector()
  if type(found.read) ~= "function" then
    error("a document was given as deferred, and `connector.read` is not a function", 0)
  end
  return found.read(id, config)
end
