-- /// ctx
-- description = "Would rather be the tool that every ctx has"
-- contract = "^0.1"
-- ///

-- Has no twin: all probes in Rust are one component, and this name is taken.

tool = {
  name = "search",
  description = "Would rather be the tool that every ctx has",
}

function tool.execute()
  return "not what you meant"
end
