-- Extractors and embedders: what they declare, and how they are called.
local host = ...
local error, rawget, tostring, type = error, rawget, tostring, type
local floor = math.floor

local function role(name, called)
  local found = rawget(_G, name)
  if type(found) ~= "table" then error(host.script() .. " defines no global table `" .. name .. "`", 0) end
  if type(found[called]) ~= "function" then error("`" .. name .. "." .. called .. "` is not a function", 0) end
  return found
end

local function description(found, name)
  if found.description ~= nil and type(found.description) ~= "string" then
    error("`" .. name .. ".description` must be a string, got " .. type(found.description), 0)
  end
  return found.description or ("Lua " .. name .. ": " .. host.stem())
end

function host.describe_extractor()
  local found = role("extractor", "extract")
  local types = found.media_types
  if type(types) == "string" then types = { types } end
  if type(types) ~= "table" or #types == 0 then
    error("`extractor.media_types` must be a list of media types, such as { \"text/csv\" }", 0)
  end
  for place = 1, #types do
    if type(types[place]) ~= "string" then
      error("`extractor.media_types[" .. place .. "]` must be a string, got " .. type(types[place]), 0)
    end
  end
  return { description = description(found, "extractor"), media_types = types }
end

function host.extract(bytes, media_type, name)
  return (role("extractor", "extract").extract(bytes, media_type, name))
end

function host.describe_embedder()
  local found = role("embedder", "embed")
  local batch = found.batch == nil and 1 or found.batch
  if type(batch) ~= "number" or batch < 1 or batch ~= floor(batch) then
    error("`embedder.batch` must be a whole number from 1 on, got " .. tostring(batch), 0)
  end
  return { description = description(found, "embedder"), batch = floor(batch) }
end

function host.embed(texts, purpose)
  local found = role("embedder", "embed")
  local made = found.embed(texts, purpose)
  if type(made) ~= "table" then
    error("`embedder.embed` must return { model = ..., vectors = ... }, got " .. type(made), 0)
  end
  return { model = made.model or found.model, vectors = made.vectors }
end
