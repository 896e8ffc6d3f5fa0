-- /// ctx
-- description = "Promises a number and answers with a word"
-- contract = "^0.1"
-- ///

tool = {
  name = "bad_answer",
  description = "Promises a number and answers with a word",
  output_schema = {
    { name = "count", type = "integer", required = true },
  },
}

function tool.execute()
  return { count = "many" }
end
