-- /// ctx
-- description = "Fills memory for ever"
-- contract = "^0.1"
-- ///

tool = {
  name = "bulk_fill",
  description = "Fills memory for ever",
}

function tool.execute()
  while true do
    -- One call for the interpreter, and a megabyte for the machine.
    local block = string.rep("x", 1024 * 1024)
    block = nil
  end
end
