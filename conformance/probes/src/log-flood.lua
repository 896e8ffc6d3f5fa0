-- /// ctx
-- description = "Writes a million log lines"
-- contract = "^0.1"
-- ///

tool = {
  name = "log_flood",
  description = "Writes a million log lines",
}

function tool.execute()
  for line = 0, 999999 do
    log.info("line " .. line .. " of a flood that no one will read")
  end
  return "ok"
end
