-- /// ctx
-- description = "Resumes a coroutine in a coroutine without end"
-- contract = "^0.1"
-- ///

-- Has no twin: each level takes the stack of the interpreter and not its own.

tool = {
  name = "coroutine_nest",
  description = "Resumes a coroutine in a coroutine without end",
}

local function deeper(depth)
  return 1 + coroutine.wrap(deeper)(depth + 1)
end

function tool.execute()
  return tostring(deeper(0))
end
