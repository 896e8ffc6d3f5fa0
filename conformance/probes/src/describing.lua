-- /// ctx
-- description = "Misbehaves when it is asked what it is"
-- contract = "^0.1"
-- ///

local ok, how = pcall(fs.read, "misbehave")
how = ok and how or ""

if how == "trap" then error("the probe fails") end
if how == "loop" then while true do end end
if how == "sleep" then sleep(3600) end

tool = {
  name = "describing",
  description = "Misbehaves when it is asked what it is",
}

if how == "differ" then
  tool.description = "Says something else each time: " .. math.random(0)
end
if how == "flood" then
  tool.parameters = { { name = "x", description = string.rep("x", 3 * 1024 * 1024) } }
end

function tool.execute() return "ok" end
