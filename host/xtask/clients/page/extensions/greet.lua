tool = {
  name = "greet",
  description = "Greets somebody by name",
  parameters = { { name = "name", type = "string", required = true } },
}

function tool.execute(params)
  log.info("greeting", { name = params.name })
  return "Hello, " .. params.name .. "!"
end
