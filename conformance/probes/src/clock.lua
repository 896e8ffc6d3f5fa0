-- /// ctx
-- description = "Tells the time and a random number"
-- contract = "^0.1"
-- ///

tool = {
  name = "clock",
  description = "Tells the time and a random number",
}

function tool.execute()
  return { now = os.time(), random = math.random(0, 1 << 53) }
end
