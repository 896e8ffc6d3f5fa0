-- /// ctx
-- name = "scene-retrieval-tags"
-- version = "0.1.0"
-- description = "Says which scenes a query or a turn is about"
-- contract = "^0.1"
--
-- [hooks.retrieval_enrichment]
-- handlers = ["scenes"]
-- max_tokens = 200
--
-- [hooks.pre_chat_turn]
-- handlers = ["scenes"]
-- max_tokens = 200
-- ///
-- Tags an answer with the scenes that its query is about, and tells a model
-- which scene a conversation plays in.

local SCENES = {
  { tag = "scene:tavern", words = { "tavern", "inn", "ale", "bar" }, said = "The scene is a tavern: loud, warm, full of strangers." },
  { tag = "scene:forest", words = { "forest", "woods", "trees", "path" }, said = "The scene is a forest: quiet, dim, easy to get lost in." },
  { tag = "scene:court", words = { "court", "throne", "king", "queen" }, said = "The scene is a court: every word is heard by somebody." },
}

-- Which scenes a text is about. Whole words count, in any case.
local function about(text)
  local spoken = {}
  for word in text:lower():gmatch("%a+") do spoken[word] = true end
  local found = { snippets = {}, tags = {} }
  for _, scene in ipairs(SCENES) do
    for _, word in ipairs(scene.words) do
      if spoken[word] then
        found.tags[#found.tags + 1] = scene.tag
        found.snippets[#found.snippets + 1] = scene.said
        break
      end
    end
  end
  return found
end

hooks = {
  retrieval_enrichment = { scenes = function(query) return about(query) end },
  pre_chat_turn = {
    scenes = function(turn)
      local messages = turn.messages or {}
      local last = messages[#messages]
      return about(last and last.content or "")
    end,
  },
}
