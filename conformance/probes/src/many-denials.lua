-- /// ctx
-- description = "Is denied 9,000 things"
-- contract = "^0.1"
-- ///

tool = {
  name = "many_denials",
  description = "Is denied 9,000 things",
}

function tool.execute()
  local long, got = string.rep("x", 10000), 0
  for at = 1, 9000 do
    if pcall(env.get, at .. long) then got = got + 1 end
  end
  return tostring(got)
end
