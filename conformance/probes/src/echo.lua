-- /// ctx
-- description = "Answers with its arguments"
-- contract = "^0.1"
-- ///

tool = {
  name = "echo",
  description = "Answers with its arguments",
}

function tool.execute(params)
  return params
end
