-- Searches the gathered documents once.
tool = { name = "look", description = "Looks", parameters = { { name = "query", required = true } } }

function tool.execute(params, context)
  local hits = context.search(params.query, { limit = 12 })
  return { found = #hits, first = hits[1] and hits[1].title }
end
