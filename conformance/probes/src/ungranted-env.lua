-- /// ctx
-- description = "Reads an ungranted variable"
-- contract = "^0.1"
--
-- [requests]
-- env = ["CTX_PROBE_UNGRANTED"]
-- ///

tool = {
  name = "ungranted_env",
  description = "Reads an ungranted variable",
}

function tool.execute()
  -- Whatever came of it, the guest calls it a success.
  pcall(env.get, "CTX_PROBE_UNGRANTED")
  return "ok"
end
