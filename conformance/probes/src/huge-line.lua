-- /// ctx
-- description = "Writes a line of 3 MiB"
-- contract = "^0.1"
-- ///

tool = {
  name = "huge_line",
  description = "Writes a line of 3 MiB",
}

function tool.execute()
  log.info(string.rep("x", 3 * 1024 * 1024))
  return "ok"
end
