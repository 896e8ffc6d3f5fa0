-- /// ctx
-- description = "Looks a key up in itself without end"
-- contract = "^0.1"
-- ///

-- Has no twin: it recurses through the interpreter's own stack.

tool = {
  name = "metamethod_recursion",
  description = "Looks a key up in itself without end",
}

function tool.execute()
  local one = setmetatable({}, {
    __index = function(self, key) return self[key + 1] + 1 end,
  })
  return tostring(one[1])
end
