-- /// ctx
-- version = "0.1.0"
-- description = "Lets a model search the documents that the host has gathered"
-- contract = "^0.1"
--
-- [requests]
-- context = ["*"]
-- ///

-- The Rust twin is guests/find-documents.

tool = {
  name = "find_documents",
  description = "Finds documents by the words in them",
  parameters = {
    { name = "query", type = "string", required = true, description = "The words to look for" },
    { name = "limit", type = "integer", minimum = 1, maximum = 50, default = 5, description = "How many to return" },
    { name = "source", type = "string", description = "Only this source" },
  },
  output_schema = {
    {
      name = "documents", type = "array", required = true,
      items = { type = "object", properties = {
        { name = "id", required = true },
        { name = "source", required = true },
        { name = "title", required = true },
        { name = "snippet", required = true },
      } },
    },
  },
  hints = { read_only = true, idempotent = true },
}

function tool.execute(params, context)
  local hits = context.search(params.query, { limit = params.limit or 5, source = params.source })
  local documents = json.array({})
  for place, hit in ipairs(hits) do
    documents[place] = { id = hit.id, source = hit.source, title = hit.title or "", snippet = hit.snippet }
  end
  return { documents = documents }
end
