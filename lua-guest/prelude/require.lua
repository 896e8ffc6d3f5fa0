-- `require` finds the extension's own files, and what is lent already.
local host = ...
local error, load, type = error, host.load, type
local concat = table.concat
local find, gmatch = string.find, string.gmatch
local function gsub(text, pattern, by) return (string.gsub(text, pattern, by)) end
local read_own, fault = host.read_own, host.fault

local loaded, preload, loading = {}, {}, {}
local package = {
  loaded = loaded, preload = preload, config = "/\n;\n?\n!\n-\n", cpath = "",
  path = "./?.lua;./?/init.lua",
}
_G.package = package

local lent = {
  "string", "table", "math", "coroutine", "utf8", "os", "json", "http", "env", "log", "fs",
  "base64", "crypto", "kv", "secrets", "caller", "changed", "ctx",
}
-- Called when the globals are complete.
function host.fill_loaded()
  for place = 1, #lent do
    loaded[lent[place]] = _G[lent[place]]
  end
  loaded._G = _G
end

function _G.require(name)
  if type(name) ~= "string" then
    fault("require: bad argument #1 (string expected, got " .. type(name) .. ")")
  end
  local found = loaded[name]
  if found ~= nil then return found end
  if loading[name] then
    fault("require: `" .. name .. "` is being loaded already: two files require each other")
  end
  local chunk, where = preload[name], ":preload:"
  if chunk == nil then
    local path = gsub(name, "%.", "/")
    if find(path, "^/") or find(path, "[^%w_/%-]") then
      fault("require: `" .. name .. "` is not a name: use letters, digits, `_`, `-`, and `.` for folders")
    end
    -- Templates that leave the folder find nothing and are not asked for.
    local tried = {}
    for template in gmatch(type(package.path) == "string" and package.path or "", "[^;]+") do
      local place = gsub(gsub(template, "^%./", ""), "%?", path)
      if not find(place, "^/") and not find(place, "..", 1, true) and not find(place, ":", 1, true) then
        tried[#tried + 1] = place
      end
    end
    for place = 1, #tried do
      local text, why = read_own(tried[place])
      if text then
        local problem
        where = tried[place]
        chunk, problem = load(text, "@" .. where, "t")
        if not chunk then error(problem, 0) end
        break
      elseif why then
        fault("require: `" .. name .. "`: " .. why)
      end
    end
    if chunk == nil then
      fault("require: `" .. name .. "` not found: the extension's folder has none of `"
        .. concat(tried, "`, `") .. "`")
    end
  end
  loading[name] = true
  local result = chunk(name, where)
  loading[name] = nil
  if result ~= nil then
    loaded[name] = result
  elseif loaded[name] == nil then
    loaded[name] = true
  end
  return loaded[name], where
end
