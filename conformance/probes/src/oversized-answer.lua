-- /// ctx
-- description = "Answers with 5 MiB"
-- contract = "^0.1"
-- ///

tool = {
  name = "oversized_answer",
  description = "Answers with 5 MiB",
}

function tool.execute()
  return string.rep("x", 5 * 1024 * 1024)
end
