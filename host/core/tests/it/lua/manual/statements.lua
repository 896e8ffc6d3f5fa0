-- Statements: §3.3.1 to §3.3.8, §3.5.
is("§3.3.4 goto continues a loop", (function()
  local s = ""
  for i = 1, 5 do
    if i % 2 == 0 then goto continue end
    s = s .. i
    ::continue::
  end
  return s
end)(), "135")
is("§3.3.4 goto leaves nested loops", (function()
  for i = 1, 3 do for j = 1, 3 do if i * j == 4 then goto done end end end
  ::done:: return "out"
end)(), "out")
is("§3.3.4 goto goes back", (function() local n = 0 ::again:: n = n + 1 if n < 4 then goto again end return n end)(), 4)
is("§3.3.4 each turn has fresh locals", (function()
  local all = {}
  do
    local i = 1
    ::top::
    local x = i
    all[i] = function() return x end
    i = i + 1
    if i <= 3 then goto top end
  end
  return all[1]() .. all[2]() .. all[3]()
end)(), "123")
is("§3.3.4 a label at the end of a block is in no local's scope", load("do goto e local x ::e:: end return 'fine'")(), "fine")
refused("§3.3.4 goto does not jump into a local's scope", "goto f local x ::f:: print(x)")
refused("§3.3.4 nor into a block", "do ::inside:: end goto inside")
refused("§3.3.4 a label is seen once", "::a:: ::a::")
refused("§3.3.4 break stands in a loop", "break")
is("§3.3.4 break leaves the innermost loop", (function() local n = 0 repeat while true do break end n = n + 1 until n == 2 return n end)(), 2)
is("§3.3.4 until sees the loop's locals", (function() local n = 0 repeat n = n + 1 local done = n > 2 until done return n end)(), 3)
is("§3.3.3 assignments evaluate first", (function() local a, b = 1, 2 a, b = b, a return a .. b end)(), "21")
is("§3.3.3 and values are adjusted", (function() local a, b, c = (function() return 1, 2 end)() return tostring(c) .. a .. b end)(), "nil12")
is("§3.3.5 the control variable is the loop's own", (function() local s = 0 for i = 1, 3 do local j = i i = 10 s = s + j end return s end)(), 6)
is("§3.3.5 a generic loop has a state", (function()
  local s = ""
  for k, v in next, { "a", "b" } do s = s .. k .. v end
  return s
end)(), "1a2b")
is("§3.3.5 and a fourth value that is closed", (function()
  local log = ""
  local closing = setmetatable({}, { __close = function() log = log .. "closed" end })
  for i in function(_, i) i = (i or 0) + 1 if i < 3 then return i end end, nil, nil, closing do log = log .. i end
  return log
end)(), "12closed")
is("§3.3.7 a local function is recursive", (function() local function f(n) return n == 0 and 1 or n * f(n - 1) end return f(5) end)(), 120)
refused("§3.3.7 a constant is not assigned", "local x <const> = 1 x = 2")
refused("§3.3.7 nor is one that is closed", "local x <close> = nil x = 1")
refused("§3.3.7 other attributes there are none", "local x <static> = 1")
refused("§3.3.8 a list has one to close", "local a <close>, b <close> = nil, nil")
local function closer(log, name, raise)
  return setmetatable({}, { __close = function(_, why)
    log[#log + 1] = name .. ":" .. tostring(why):gsub("^.-:%d+: ", "")
    if raise then error(raise, 0) end
  end })
end
local function closing(run)
  local log = {}
  local outcome = table.pack(pcall(run, log))
  return table.concat(log, " ") .. " | " .. tostring(outcome[1]) .. " " .. tostring(outcome[2])
end
is("§3.3.8 closed in reverse order", closing(function(log)
  local a <close> = closer(log, "a") local b <close> = closer(log, "b")
end), "b:nil a:nil | true nil")
is("§3.3.8 by return, with the values kept", closing(function(log) local a <close> = closer(log, "a") return "kept" end), "a:nil | true kept")
is("§3.3.8 by break", closing(function(log) for _ = 1, 3 do local a <close> = closer(log, "a") break end end), "a:nil | true nil")
is("§3.3.8 by goto", closing(function(log) do local a <close> = closer(log, "a") goto out end ::out:: end), "a:nil | true nil")
is("§3.3.8 by an error, which they see", closing(function(log)
  local a <close> = closer(log, "a") local b <close> = closer(log, "b") error("oh", 0)
end), "b:oh a:oh | false oh")
is("§3.3.8 an error in one replaces it", closing(function(log)
  local a <close> = closer(log, "a") local b <close> = closer(log, "b", "worse") error("oh", 0)
end), "b:oh a:worse | false worse")
is("§3.3.8 nil and false are not closed", closing(function() local a <close> = nil local b <close> = false return "fine" end), " | true fine")
fails("§3.3.8 other values need the metamethod", function() local a <close> = {} end)
is("§3.3.8 a tail call in such a block is none", closing(function(log)
  local a <close> = closer(log, "a")
  return (function() return #log end)()
end), "a:nil | true 0")
is("§3.5 closures share what they capture", (function()
  local n = 0
  local function up() n = n + 1 end local function get() return n end
  up() up() return get()
end)(), 2)
is("§3.5 each turn of a loop has its own", (function()
  local all = {} for i = 1, 3 do all[i] = function() i = i + 1 return i end end
  return all[1]() .. all[1]() .. all[2]()
end)(), "233")
is("§3.2 _ENV is a variable", (function() local _ENV = { x = 5 } return x end)(), 5)
is("§3.2 and may be an argument", (function(_ENV) y = 2 return y end)({}), 2)
is("§3.4.10 a tail call takes no stack", (function() local function f(n) if n == 0 then return "deep" end return f(n - 1) end return f(200000) end)(), "deep")
is("§3.4.11 varargs", (function(...) local a, b = ... return select("#", ...) .. tostring(a) .. tostring(b) end)(nil, nil, 3), "3nilnil")
is("§3.4.11 select from the end", select(-1, 1, 2, 3), 3)
is("§3.4.12 only the last call gives all values", (function() local function f() return 1, 2 end local t = { f(), f() } return #t end)(), 3)
is("§3.4.12 parentheses leave one", select("#", ((function() return 1, 2 end)())), 1)
is("§3.4.9 a constructor mixes fields", (function() local t = { 1, x = 2, [3] = 3, 4; 5 } return #t .. t.x .. t[2] .. t[3] end)(), "3245")
is("§3.4.8 # of a string is in bytes", #"å", 2)
is("§3.4.7 concatenation joins from the right", 1 .. 2 .. 3, "123")
is("§3.4.5 and, or and not", tostring(nil and 1) .. tostring(false or 2) .. tostring(not nil), "nil2true")
is("§3.4.6 precedence", 2 ^ 3 ^ 2 .. " " .. -2 ^ 2 .. " " .. tostring(not 1 == 2), "512.0 -4.0 false")
is("§3.1 escapes", "\65\x41\u{41}\z
    A" == "AAAA", true)
is("§3.1 long brackets", [==[
]]x]==], "]]x")
is("§3.1 a comment of many lines --[[ ]]", --[[ not
this ]] "that", "that")
refused("§3.1 an unknown escape", "return '\\q'")
refused("§3.1 a string that never ends", "return 'x")
refused("§3.1 a number with letters", "return 3x")
