-- From a list of parameters to a JSON Schema.
local host = ...
local error, next, pairs, type, tostring = error, next, pairs, type, tostring
local encode, array = host.encode, host.array

-- Keywords whose value is a list: an empty table there means an empty list.
local lists = { "required", "enum", "examples", "allOf", "anyOf", "oneOf", "prefixItems" }

-- A list of parameters may have any word as a type, as in Context Harness; one
-- that JSON Schema does not know allows every value.
local types = {
  string = true, number = true, integer = true, boolean = true, object = true, array = true, null = true,
}

local from_list

local function is_list(value)
  return type(value) == "table" and (#value > 0 or next(value) == nil)
end

-- A schema as a script writes it, at any depth, made into one as it is sent.
local function normal(schema, depth)
  if type(schema) ~= "table" or depth > 64 then return schema end
  local result = {}
  for key, value in pairs(schema) do result[key] = value end
  for place = 1, #lists do
    local value = result[lists[place]]
    if type(value) == "table" and next(value) == nil then result[lists[place]] = array({}) end
  end
  if (result.type == "array") and type(result.default) == "table" and next(result.default) == nil then
    result.default = array({})
  end
  if type(result.items) == "table" then result.items = normal(result.items, depth + 1) end
  if is_list(result.properties) and #result.properties > 0 then
    local nested = from_list(result.properties, depth + 1)
    result.properties, result.required = nested.properties, result.required or nested.required
  elseif type(result.properties) == "table" then
    local properties = {}
    for name, property in pairs(result.properties) do properties[name] = normal(property, depth + 1) end
    result.properties = properties
  end
  return result
end

function from_list(list, depth)
  local properties, required = {}, {}
  for place = 1, #list do
    local parameter = list[place]
    if type(parameter) ~= "table" or (type(parameter.name) ~= "string" and type(parameter.name) ~= "number") then
      error("parameter " .. place .. " has no `name`", 0)
    end
    local schema = {}
    for key, value in pairs(parameter) do
      if key ~= "name" and not (key == "required" and type(value) ~= "table") then schema[key] = value end
    end
    if type(schema.type) == "string" and not types[schema.type] then
      schema["x-type"], schema.type = schema.type, nil
    elseif schema.type == nil and schema.anyOf == nil and schema.oneOf == nil and schema["$ref"] == nil then
      schema.type = "string"
    end
    properties[tostring(parameter.name)] = normal(schema, depth)
    if parameter.required == true then required[#required + 1] = tostring(parameter.name) end
  end
  return { type = "object", properties = properties, required = #required > 0 and required or nil }
end

-- Takes a list of parameters or a whole schema; gives a schema as a table.
function host.schema(declared)
  if declared == nil then return { type = "object" } end
  if type(declared) ~= "table" then
    error("a schema is a table, got " .. type(declared), 0)
  end
  if is_list(declared) then return from_list(declared, 0) end
  local schema = normal(declared, 0)
  if schema.type == nil and schema.properties ~= nil then schema.type = "object" end
  return schema
end

-- The same as JSON text; what is wrong is said of `what`.
function host.schema_text(declared, what)
  local ok, schema = pcall(host.schema, declared)
  if not ok then error("`" .. what .. "`: " .. tostring(schema), 0) end
  return host.json_text(schema, what)
end

-- JSON text of a table that the script declared, or nil.
function host.json_text(value, what)
  if value == nil then return nil end
  local ok, text = pcall(encode, value)
  if not ok then error("`" .. what .. "`: " .. text, 0) end
  return text
end
