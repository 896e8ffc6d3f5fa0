-- Garbage collection: §2.5, weak tables and finalizers, §6.1 `collectgarbage`.
local function collect() collectgarbage() collectgarbage() end
local function size(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
local kept = {}
is("§2.5.4 weak values go", (function() local t = setmetatable({}, { __mode = "v" }) t[1] = {} t[2] = kept t.x = {} collect() return size(t) end)(), 1)
is("§2.5.4 weak keys go", (function() local t = setmetatable({}, { __mode = "k" }) t[{}] = 1 t[kept] = 2 collect() return size(t) end)(), 1)
is("§2.5.4 either goes", (function() local t = setmetatable({}, { __mode = "kv" }) t[{}] = kept t[kept] = {} t[kept] = kept collect() return size(t) end)(), 1)
is("§2.5.4 an ephemeron does not keep its key by its value", (function() local t = setmetatable({}, { __mode = "k" }) do local key = {} t[key] = { key } end collect() return size(t) end)(), 0)
is("§2.5.4 nor a chain of them", (function() local t = setmetatable({}, { __mode = "k" }) do local a, b = {}, {} t[a] = b t[b] = a end collect() return size(t) end)(), 0)
is("§2.5.4 strings and numbers are values and stay", (function() local t = setmetatable({}, { __mode = "kv" }) t.a = "x" .. 1 t[1] = 2 t[3] = true collect() return size(t) end)(), 3)
is("§2.5.4 what is reached from elsewhere stays", (function() local strong = {} local t = setmetatable({}, { __mode = "v" }) t[1] = strong collect() return t[1] == strong end)(), true)
is("§2.5.4 a mode that is set later holds", (function() local t = { {} } setmetatable(t, { __mode = "v" }) collect() return size(t) end)(), 0)
is("§2.5.3 finalizers run, in reverse order", (function() local log = {} for i = 1, 3 do setmetatable({}, { __gc = function() log[#log + 1] = i end }) end collect() return table.concat(log) end)(), "321")
is("§2.5.3 once", (function() local n = 0 setmetatable({}, { __gc = function() n = n + 1 end }) collect() collect() return n end)(), 1)
is("§2.5.3 only if the field was there when it was marked", (function() local n = 0 local mt = {} setmetatable({}, mt) mt.__gc = function() n = n + 1 end collect() return n end)(), 0)
is("§2.5.3 but it may be set to another function", (function() local n = 0 local mt = { __gc = true } setmetatable({}, mt) mt.__gc = function() n = n + 1 end collect() return n end)(), 1)
is("§2.5.3 a finalizer may bring it back", (function()
  local back
  do local t = setmetatable({ word = "back" }, { __gc = function(self) back = self end }) t = nil end
  collect() return back.word
end)(), "back")
is("§2.5.3 and mark it again", (function()
  local n = 0 local mt mt = { __gc = function(self) n = n + 1 if n < 3 then setmetatable(self, mt) end end }
  setmetatable({}, mt) for _ = 1, 6 do collect() end return n
end)(), 3)
is("§2.5.3 an error in one is no error of the script", (function() setmetatable({}, { __gc = function() error("in a finalizer") end }) return pcall(collect) end)(), true)
is("§2.5.3 a finalized value is gone from weak values first", (function()
  local seen local t = setmetatable({}, { __mode = "v" })
  do local o = setmetatable({}, { __gc = function() seen = tostring(t[1]) end }) t[1] = o end
  collect() return seen
end)(), "nil")
is("§2.5.3 and from weak keys after", (function()
  local seen local t = setmetatable({}, { __mode = "k" })
  do local o = setmetatable({}, { __gc = function(self) seen = t[self] end }) t[o] = "still" end
  collect() return seen
end)(), "still")
is("§2.5.3 closures keep what they use", (function() local t = setmetatable({}, { __mode = "v" }) local f do local o = {} t[1] = o f = function() return o end end collect() local n = size(t) f = nil collect() return n .. size(t) end)(), "10")
is("§2.5.3 coroutines that nobody knows go", (function() local t = setmetatable({}, { __mode = "v" }) t[1] = coroutine.create(function() coroutine.yield() end) coroutine.resume(t[1]) collect() return size(t) end)(), 0)
is("§2.5 cycles go", (function() local t = setmetatable({}, { __mode = "v" }) do local a = {} a.a = a t[1] = a end collect() return size(t) end)(), 0)
is("§6.1 count is a float of kilobytes", math.type(collectgarbage("count")), "float")
is("§6.1 what is let go is taken back", (function() collect() local before = collectgarbage("count") do local big = ("x"):rep(1000000) .. "y" end collect() return collectgarbage("count") - before < 500 end)(), true)
is("§6.1 step says whether a cycle ended", (function() for _ = 1, 100000 do if collectgarbage("step") then return "ended" end end end)(), "ended")
is("§6.1 it runs", collectgarbage("isrunning"), true)
is("§6.1 collect gives 0", collectgarbage("collect"), 0)
