-- Compressors, chunkers and read-modes: what they declare, and how they are
-- called. Places in a text are Lua's: counted from 1, the last one included.
local host = ...
local error, floor, rawget, type = error, math.floor, rawget, type
local catalog, text, texts = host.catalog, host.text, host.texts

local called = { compressor = "compress", chunker = "split", read_mode = "look" }

local function listed(role)
  local list, taken = catalog(role, role .. "s")
  local infos = {}
  for place = 1, #list do
    local one, what = list[place].table, list[place].what
    if type(one[called[role]]) ~= "function" then
      error("`" .. what .. "." .. called[role] .. "` is not a function", 0)
    end
    local types = one.media_types
    if type(types) == "string" then types = { types } end
    infos[place] = {
      name = list[place].name,
      description = text(one.description, what .. ".description") or ("Lua " .. role .. ": " .. list[place].name),
      media_types = texts(types, what .. ".media_types"),
      idempotent = one.idempotent == true,
      compares = one.compares == true,
    }
  end
  return infos, taken
end

function host.list_transforms(role) return (listed(role)) end

local function chosen(role, name)
  local _, taken = listed(role)
  return taken[name] and taken[name].table, taken[name] and taken[name].what
end

function host.compress(name, passages, request)
  local one, what = chosen("compressor", name)
  if one == nil then return "unknown" end
  local made = one.compress(passages, request)
  if type(made) ~= "table" then
    error("`" .. what .. ".compress` must return a list of passages, got " .. type(made), 0)
  end
  local kept = {}
  -- As many as were given: what is false or nil is left out.
  for place = 1, #passages do
    local entry = made[place]
    if type(entry) == "string" then
      kept[#kept + 1] = { index = place, text = entry }
    elseif type(entry) == "table" then
      kept[#kept + 1] = { index = entry.index or place, text = entry.text }
    elseif entry then
      error("`" .. what .. ".compress` must return strings, got " .. type(entry) .. " at " .. place, 0)
    end
  end
  return "kept", kept
end

local function whole(number) return type(number) == "number" and number == floor(number) end

function host.split(name, body, request)
  local one, what = chosen("chunker", name)
  if one == nil then return "unknown" end
  local made = one.split(body, request)
  if type(made) ~= "table" then
    error("`" .. what .. ".split` must return a list of chunks, got " .. type(made), 0)
  end
  local chunks = {}
  for place = 1, #made do
    local chunk = made[place]
    if type(chunk) ~= "table" or not whole(chunk.first) or not whole(chunk.last) then
      error("chunk " .. place .. " of `" .. what .. ".split` has no whole numbers `first` and `last`", 0)
    end
    chunks[place] = {
      first = floor(chunk.first),
      last = floor(chunk.last),
      breadcrumbs = texts(chunk.breadcrumbs, "breadcrumbs"),
    }
  end
  return "chunks", chunks
end

function host.look(name, body, request)
  local one, what = chosen("read_mode", name)
  if one == nil then return "unknown" end
  local made = one.look(body, request)
  if type(made) == "string" then made = { text = made } end
  if type(made) ~= "table" or type(made.text) ~= "string" then
    error("`" .. what .. ".look` must return a string or { text = ... }, got " .. type(made), 0)
  end
  return "view", { text = made.text, media_type = made.media_type, cut = made.cut == true }
end
