-- /// ctx
-- description = "Asks an ungranted host"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://ungranted.example"]
-- ///

tool = {
  name = "ungranted_http",
  description = "Asks an ungranted host",
}

function tool.execute()
  -- Whatever came of it, the guest calls it a success.
  pcall(http.get, "https://ungranted.example/")
  return "ok"
end
