tool = {
  description = "Says it louder",
  parameters = {
    { name = "text", type = "string", required = true },
    { name = "times", type = "integer", default = 1 },
  },
}

function tool.execute(params, context)
  local ok, problem = pcall(json.decode, "{not json")
  log.debug(ok and "odd" or "as it should be: " .. problem:match("[^\n]+"))
  return { text = params.text:upper() .. string.rep("!", params.times), sources = #context.sources() }
end
