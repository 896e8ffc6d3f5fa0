-- What a script may not have, taken away by building what it may.
local host = ...
local _G, load, math_type, select, type = _G, load, math.type, select, type
local collectgarbage, error, tostring, concat = collectgarbage, error, tostring, table.concat

local os = os
_G.os = { time = os.time, date = os.date, difftime = os.difftime, clock = host.clock }

_G.dofile, _G.loadfile, _G.io, _G.debug, _G.warn = nil, nil, nil, nil, nil
string.dump = nil

-- Text only: crafted bytecode can break the interpreter.
function _G.load(chunk, name, mode, ...)
  if mode ~= nil and not (type(mode) == "string" and mode:find("t", 1, true)) then
    return nil, "load: only text chunks can be loaded"
  end
  return load(chunk, name, "t", ...)
end
host.load = load

-- Memory is bounded by the host; how it is collected is not for scripts to say.
local collectors = { count = true, collect = true, step = true, isrunning = true }
local ignored = { stop = 0, restart = 0, setpause = 200, setstepmul = 100, incremental = "incremental", generational = "incremental" }
function _G.collectgarbage(option, ...)
  if ignored[option] then return ignored[option] end
  if option ~= nil and not collectors[option] then
    host.fault("collectgarbage: bad argument #1 (invalid option `" .. tostring(option) .. "`)")
  end
  return collectgarbage(option, ...)
end

local write = host.log_info
function _G.print(...)
  local words = {}
  for place = 1, select("#", ...) do
    words[place] = tostring((select(place, ...)))
  end
  write(concat(words, "\t"))
end
