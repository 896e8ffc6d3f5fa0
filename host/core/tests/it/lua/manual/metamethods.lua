-- Metatables and metamethods: §2.4, §6.1.
local function with(events) return setmetatable({ name = "t" }, events) end
local function shown(event) return function(a, b)
  local function one(v) return type(v) == "table" and v.name or tostring(v) end
  return event .. "(" .. one(a) .. "," .. one(b) .. ")"
end end
local events = {}
for _, event in ipairs { "add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "shl", "shr", "bnot", "concat" } do
  events["__" .. event] = shown(event)
end
local t = with(events)
is("§2.4 add, sub, mul", (t + 1) .. (1 - t) .. (t * t), "add(t,1)sub(1,t)mul(t,t)")
is("§2.4 div, mod, pow", (t / 1) .. (t % 2) .. (2 ^ t), "div(t,1)mod(t,2)pow(2,t)")
is("§2.4 unm and idiv", (-t) .. (t // 2), "unm(t,t)idiv(t,2)")
is("§2.4 band, bor, bxor", (t & 1) .. (1 | t) .. (t ~ 1), "band(t,1)bor(1,t)bxor(t,1)")
is("§2.4 shl, shr, bnot", (t << 1) .. (t >> 1) .. (~t), "shl(t,1)shr(t,1)bnot(t,t)")
is("§2.4 concat, of either side", (t .. "x") .. ("x" .. t), "concat(t,x)concat(x,t)")
is("§2.4 the left side is asked first", setmetatable({}, { __add = function() return "left" end }) + setmetatable({}, { __add = function() return "right" end }), "left")
is("§2.4 len", #with { __len = function() return 42 end }, 42)
local same = function() return true end
is("§2.4 eq of two tables", with { __eq = same } == with { __eq = function() return false end }, true)
is("§2.4 eq is not asked for the same, or other types", tostring(t == t) .. tostring(t == 1), "truefalse")
is("§2.4 the result of eq is a boolean", with { __eq = function() return 1 end } == with {}, true)
is("§2.4 lt and le", tostring(with { __lt = same } < 1) .. tostring(1 <= with { __le = same }), "truetrue")
fails("§2.4 le does not stand for lt", function() return with { __le = same } < 1 end)
fails("§2.4 without them tables have no order", function() return {} < {} end)
is("§2.4 index, a function", with { __index = function(_, key) return key .. "!" end }.missing, "missing!")
is("§2.4 index, a table, and its own", setmetatable({}, { __index = setmetatable({}, { __index = { deep = 7 } }) }).deep, 7)
is("§2.4 index is not asked for what is there", with { __index = function() return "asked" end }.name, "t")
is("§2.4 newindex, a function", (function() local log = {} local w = setmetatable({}, { __newindex = function(_, k, v) log[#log + 1] = k .. v end }) w.a = 1 rawset(w, "b", 2) w.b = 3 return log[1] .. #log .. w.b end)(), "a113")
is("§2.4 newindex, a table", (function() local to = {} setmetatable({}, { __newindex = to }).x = 1 return to.x end)(), 1)
is("§2.4 call, with all arguments", with { __call = function(self, ...) return self.name .. select("#", ...) end }(1, nil, 3), "t3")
is("§2.4 call of a callable", with { __call = with { __call = function(inner, outer, x) return inner.name .. outer.name .. x end } }(9), "tt9")
is("§2.4 tostring and name", tostring(with { __tostring = function() return "shown" end }), "shown")
is("§6.1 a name stands before the address", tostring(setmetatable({}, { __name = "Kind" })):match("^Kind: ") ~= nil, true)
fails("§6.1 tostring must give a string", function() return tostring(with { __tostring = function() return {} end }) end)
is("§6.1 metatable hides", getmetatable(with { __metatable = "hidden" }), "hidden")
fails("§6.1 and protects", function() setmetatable(with { __metatable = false }, nil) end)
is("§6.1 pairs asks", (function() local s = "" for k, v in pairs(with { __pairs = function() return function(_, k) if not k then return 1, "one" end end, nil, nil end }) do s = s .. k .. v end return s end)(), "1one")
is("§6.1 ipairs respects index", (function() local s = "" for _, v in ipairs(setmetatable({ 1 }, { __index = function(_, k) if k < 4 then return k * 10 end end })) do s = s .. v .. " " end return s end)(), "1 20 30 ")
is("§6.1 raw access asks nobody", tostring(rawget(with { __index = same }, "x")) .. rawlen(setmetatable({ 1, 2 }, { __len = same })) .. tostring(rawequal(with { __eq = same }, with { __eq = same })), "nil2false")
is("§2.4 strings have a metatable with index", ("x"):rep(3), "xxx")
is("§2.4 and may not lose it", getmetatable("").__index == string, true)
is("§2.4 metamethods may yield", (function()
  local co = coroutine.wrap(function() return setmetatable({}, { __add = function(_, n) return coroutine.yield(n) + n end }) + 5 end)
  return co() .. " " .. co(10)
end)(), "5 15")
is("§2.4 a chain of index has a limit", (function()
  local t = {} for _ = 1, 50 do t = setmetatable({}, { __index = t }) end
  return tostring(t.x)
end)(), "nil")
fails("§2.4 a loop of index ends", function() local a = {} setmetatable(a, { __index = a, __newindex = a }) return a.x.y end)
fails("§2.4 gc, close and mode are no operators", function() return with { __gc = same } + 1 end)
is("§2.4 lt decides a sort", (function()
  local kind = {} kind.__lt = function(a, b) return a.n < b.n end
  local all = {} for i, n in ipairs { 3, 1, 2 } do all[i] = setmetatable({ n = n }, kind) end
  table.sort(all) return all[1].n .. all[2].n .. all[3].n
end)(), "123")
is("§6.6 concat and unpack respect index", table.concat(setmetatable({}, { __index = function(_, i) return "v" .. i end, __len = function() return 3 end }), ","), "v1,v2,v3")
