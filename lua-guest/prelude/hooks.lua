-- Hooks: what the script listens to, and how its handlers are called.
local host = ...
local error, rawget, tostring, type = error, rawget, tostring, type

local points = {
  "normalize", "retrieval_enrichment", "pre_save_validate", "pre_chat_turn", "post_model_draft",
  "post_moderation", "pre_persist_turn", "resolver", "on_session_start", "on_session_end", "pre_read",
  "post_compress", "on_knowledge_update", "document.upserted", "document.removed", "sync.finished",
  "extension.changed",
}

-- The names of what it listens to, and of no role if there are none.
function host.hooked(roles)
  local hooks = rawget(_G, "hooks")
  if type(hooks) ~= "table" then return end
  local first = true
  for place = 1, #points do
    local kind = type(hooks[points[place]])
    if kind == "function" or kind == "table" then
      if first then roles[#roles + 1] = "hook" end
      first = false
      roles[#roles + 1] = points[place]
    end
  end
end

-- A phase has one function, or one for each handler that the manifest names.
local function handler(point, name)
  local hooks = rawget(_G, "hooks")
  local found = type(hooks) == "table" and hooks[point] or nil
  if type(found) == "table" then found = found[name] end
  if type(found) ~= "function" then
    error("`hooks." .. point .. "` has no handler `" .. tostring(name) .. "`", 0)
  end
  return found
end

function host.hook(point, name, ...)
  return (handler(point, name)(...))
end

-- What is said against a write: nothing, or a text.
function host.validate(name, ...)
  local said, why = handler("pre_save_validate", name)(...)
  if said == false then return why or "it was refused" end
  if said == nil or said == true then return nil end
  return said
end
