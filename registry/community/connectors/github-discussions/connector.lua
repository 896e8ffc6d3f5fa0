-- /// ctx
-- name = "github-discussions"
-- version = "0.1.0"
-- description = "Discussions of a GitHub repository, with their answers and comments"
-- license = "Apache-2.0"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://api.github.com"]
-- secrets = ["github-token"]
-- ///

connector = {
  description = "Discussions of a GitHub repository, with their answers and comments",
  incremental = true,
  -- GitHub does not tell of deleted discussions: a full sync finds out.
  complete = true,
  settings = {
    { name = "owner", required = true, description = "Who owns the repository" },
    { name = "repo", required = true, description = "The repository's name" },
    { name = "token", description = "A token; without it, the secret `github-token`" },
    { name = "max_items", type = { "integer", "string" }, description = "At most about so many in one sync; the next one goes on" },
  },
}

local PAGE = 25
-- So many seconds a request may wait for GitHub before the sync ends.
local PATIENCE = 20

local COMMENT = "body createdAt isAnswer author { login }"
local COMMENTS = "nodes { " .. COMMENT .. " replies(first: 20) { nodes { " .. COMMENT .. " } } } pageInfo { hasNextPage endCursor }"

local DISCUSSIONS = [[
query ($owner: String!, $repo: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $repo) {
    discussions(first: $first, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) {
      nodes {
        id number title body url createdAt updatedAt closed locked isAnswered upvoteCount
        author { login } category { name } labels(first: 10) { nodes { name } }
        comments(first: 30) { ]] .. COMMENTS .. [[ }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}]]

local MORE = "query ($id: ID!, $after: String) { node(id: $id) { ... on Discussion { comments(first: 50, after: $after) { " .. COMMENTS .. " } } } }"

local function token(config)
  local given = config.token
  if not given or given == "" then given = secrets.get("github-token") end
  if not given then
    ctx.fail("invalid-input", "GitHub shows discussions to nobody without a token: set `token`, or the secret `github-token`")
  end
  return given
end

-- How long to wait before asking again, if that may help at all.
local function pause(answer, code)
  local status, said = answer.status, answer.headers
  if status >= 500 then return tonumber(said["retry-after"]) or 2 end
  local is_busy = code == "RATE_LIMITED" or code == "RATE_LIMIT"
  if not is_busy and status ~= 403 and status ~= 429 then return nil end
  if said["retry-after"] then return tonumber(said["retry-after"]) or 60 end
  if said["x-ratelimit-remaining"] == "0" then
    return math.max(1, (tonumber(said["x-ratelimit-reset"]) or 0) - os.time())
  end
  return (is_busy or status == 429) and 60 or nil
end

local function refuse(config, answer, code, why)
  local name = config.owner .. "/" .. config.repo
  if answer.status == 401 then
    ctx.fail("denied", "GitHub does not accept the setting `token`: " .. why)
  elseif answer.status == 403 or code == "FORBIDDEN" or code == "INSUFFICIENT_SCOPES" then
    ctx.fail("denied", "the setting `token` may not read the discussions of `" .. name .. "`: " .. why)
  elseif code == "NOT_FOUND" then
    ctx.fail("not-found", "there is no repository `" .. name .. "` that the setting `token` can see; look at `owner` and `repo`, too")
  end
  ctx.fail("internal", "GitHub answered " .. answer.status .. ": " .. why)
end

-- Asks in GraphQL, which tells of errors in a body with status 200. Waits as
-- GitHub asks if that is short; else says when to come back.
local function ask(config, query, variables)
  local waited = 0
  local request = { headers = { authorization = "Bearer " .. token(config) }, json = { query = query, variables = variables } }
  while true do
    local answer = http.post("https://api.github.com/graphql", request)
    local said = type(answer.json) == "table" and answer.json or {}
    local first = said.errors and said.errors[1]
    if answer.ok and not first and said.data then return said.data end
    local code, why = first and first.type, first and first.message or said.message or ""
    local wait = pause(answer, code)
    if not wait then refuse(config, answer, code, why) end
    waited = waited + math.max(wait, 1)
    if waited > PATIENCE then
      ctx.fail("unavailable", "GitHub answered " .. answer.status .. " and asks to wait: " .. why, { retry_after = wait })
    end
    sleep(wait)
  end
end

local function said(comment, sign)
  local author = comment.author and comment.author.login or "ghost"
  local is_answer = comment.isAnswer and ", the answer" or ""
  return "**" .. author .. "**, " .. comment.createdAt:sub(1, 10) .. is_answer .. ":\n\n" .. (sign .. comment.body:gsub("\n", "\n" .. sign))
end

local function comments(config, discussion)
  local parts, page = {}, discussion.comments
  while page do
    for _, comment in ipairs(page.nodes) do
      parts[#parts + 1] = "\n\n---\n\n" .. said(comment, "")
      for _, reply in ipairs(comment.replies.nodes) do parts[#parts + 1] = "\n\n> " .. said(reply, "> "):gsub("\n\n", "\n>\n", 1) end
    end
    local after = page.pageInfo.hasNextPage and page.pageInfo.endCursor
    page = after and ask(config, MORE, { id = discussion.id, after = after }).node.comments
  end
  return table.concat(parts)
end

local function emit(config, discussion)
  local text = discussion.body ~= "" and discussion.body or discussion.title
  local labels = json.array({})
  for place, label in ipairs(discussion.labels and discussion.labels.nodes or {}) do labels[place] = label.name end
  ctx.emit({
    source_id = discussion.number,
    title = "#" .. discussion.number .. " " .. discussion.title,
    author = discussion.author and discussion.author.login,
    source_url = discussion.url,
    content_type = "text/markdown",
    created_at = discussion.createdAt,
    updated_at = discussion.updatedAt,
    metadata = {
      number = discussion.number,
      category = discussion.category and discussion.category.name,
      answered = discussion.isAnswered,
      closed = discussion.closed,
      locked = discussion.locked,
      upvotes = discussion.upvoteCount,
      labels = labels,
    },
    body = text .. comments(config, discussion),
  })
end

-- From the newest change backwards. `newest` is the last change that was seen,
-- `after` is how far this walk is, and `since` is what the walk before it saw.
function connector.scan(config, checkpoint)
  local state = checkpoint or {}
  local most, count = tonumber(config.max_items) or math.huge, 0
  local is_old
  while true do
    local page = ask(config, DISCUSSIONS, { owner = config.owner, repo = config.repo, first = PAGE, after = state.after }).repository.discussions
    for _, discussion in ipairs(page.nodes) do
      state.newest = state.newest or discussion.updatedAt
      -- What changed in the same second as the newest comes once more.
      is_old = state.since and discussion.updatedAt < state.since
      if is_old then break end
      emit(config, discussion)
      count = count + 1
    end
    if is_old or not page.pageInfo.hasNextPage then break end
    state.after = page.pageInfo.endCursor
    ctx.checkpoint(state)
    if count >= most then
      return ctx.skip("max_items", "there are more discussions than `max_items`; the next sync goes on from here")
    end
  end
  if state.newest then ctx.checkpoint({ since = state.newest }) end
end
