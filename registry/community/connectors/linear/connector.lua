-- /// ctx
-- name = "linear"
-- version = "0.1.0"
-- description = "Issues of Linear, with their comments"
-- license = "Apache-2.0"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://api.linear.app"]
-- secrets = ["linear-api-key"]
-- ///

connector = {
  description = "Issues of Linear, with their comments",
  incremental = true,
  -- A full sync finds what was deleted for good; the trash tells of itself.
  complete = true,
  settings = {
    { name = "api_key", description = "A personal API key; without it, the secret `linear-api-key`" },
    { name = "max_issues", type = { "integer", "string" }, description = "At most about so many in one sync; the next one goes on" },
    { name = "include_comments", type = { "boolean", "string" }, default = true, description = "Whether comments are read" },
  },
}

local PAGE = 50
-- So many seconds a request may wait for Linear before the sync ends.
local PATIENCE = 20

local COMMENTS = "nodes { body createdAt user { displayName } botActor { name } } pageInfo { hasNextPage endCursor }"

local ISSUES = [[
query Issues($first: Int!, $after: String, $filter: IssueFilter, $comments: Boolean!) {
  issues(first: $first, after: $after, filter: $filter, orderBy: updatedAt, includeArchived: true) {
    nodes {
      id identifier title description url createdAt updatedAt archivedAt trashed priorityLabel
      state { name type } team { key name } project { name } cycle { number }
      creator { displayName } assignee { displayName } labels { nodes { name } }
      comments(first: 25) @include(if: $comments) { ]] .. COMMENTS .. [[ }
    }
    pageInfo { hasNextPage endCursor }
  }
}]]

local MORE = "query Comments($id: String!, $after: String) { issue(id: $id) { comments(first: 50, after: $after) { " .. COMMENTS .. " } } }"

local function is_on(value)
  return not (value == false or value == "false")
end

local function key(config)
  local given = config.api_key
  if not given or given == "" then given = secrets.get("linear-api-key") end
  if not given then ctx.fail("invalid-input", "there is no key: set `api_key`, or the secret `linear-api-key`") end
  return given
end

-- When the window of requests, or of their complexity, opens again. Linear
-- tells it in milliseconds since 1970.
local function pause(answer)
  local said = answer.headers
  if said["retry-after"] then return tonumber(said["retry-after"]) or 60 end
  local reset = tonumber(said["x-ratelimit-requests-reset"])
  if said["x-ratelimit-complexity-remaining"] == "0" then reset = tonumber(said["x-ratelimit-complexity-reset"]) end
  if not reset then return 5 end
  return math.max(1, math.ceil(reset / 1000) - os.time())
end

local function refuse(answer, first)
  local code = first.extensions and first.extensions.code
  local why = first.message or ("status " .. answer.status)
  if code == "AUTHENTICATION_ERROR" or answer.status == 401 then
    ctx.fail("denied", "Linear does not accept the setting `api_key`: " .. why)
  elseif code == "FORBIDDEN" or answer.status == 403 then
    ctx.fail("denied", "the key of the setting `api_key` may not read this: " .. why)
  end
  ctx.fail("internal", "Linear answered: " .. why)
end

-- Asks in GraphQL. Linear tells of errors in the body, whatever the status is.
local function ask(config, query, variables)
  local waited = 0
  local request = { headers = { authorization = key(config) }, json = { query = query, variables = variables } }
  while true do
    local answer = http.post("https://api.linear.app/graphql", request)
    local said = type(answer.json) == "table" and answer.json or {}
    local first = said.errors and said.errors[1]
    if answer.ok and not first and said.data then return said.data end
    first = first or {}
    local is_busy = first.extensions and first.extensions.code == "RATELIMITED"
    if not is_busy and answer.status ~= 429 and answer.status < 500 then refuse(answer, first) end
    local wait = pause(answer)
    waited = waited + math.max(wait, 1)
    if waited > PATIENCE then
      ctx.fail("unavailable", "Linear asks to wait: " .. (first.message or "status " .. answer.status), { retry_after = wait })
    end
    sleep(wait)
  end
end

local function comments(config, issue)
  local parts, page = {}, issue.comments
  while page do
    for _, comment in ipairs(page.nodes) do
      local author = comment.user and comment.user.displayName or comment.botActor and comment.botActor.name or "somebody"
      -- The newest comes first.
      table.insert(parts, 1, "\n\n---\n\n**" .. author .. "**, " .. comment.createdAt:sub(1, 10) .. ":\n\n" .. comment.body)
    end
    local after = page.pageInfo.hasNextPage and page.pageInfo.endCursor
    page = after and ask(config, MORE, { id = issue.id, after = after }).issue.comments
  end
  return table.concat(parts)
end

local function name(thing)
  return thing and (thing.displayName or thing.name)
end

local function emit(config, issue)
  local text = issue.description
  if not text or text == "" then text = issue.title end
  local labels = json.array({})
  for place, label in ipairs(issue.labels and issue.labels.nodes or {}) do labels[place] = label.name end
  ctx.emit({
    -- The identifier changes when an issue moves to another team.
    source_id = issue.id,
    title = issue.identifier .. " " .. issue.title,
    author = name(issue.creator),
    source_url = issue.url,
    content_type = "text/markdown",
    created_at = issue.createdAt,
    updated_at = issue.updatedAt,
    metadata = {
      identifier = issue.identifier,
      team = issue.team and issue.team.key,
      state = name(issue.state),
      priority = issue.priorityLabel,
      project = name(issue.project),
      cycle = issue.cycle and issue.cycle.number,
      assignee = name(issue.assignee),
      labels = labels,
      archived = issue.archivedAt ~= nil or nil,
    },
    body = text .. comments(config, issue),
  })
end

-- From the newest change backwards. `newest` is the last change that was seen,
-- `after` is how far this walk is, and `since` is what the walk before it saw.
function connector.scan(config, checkpoint)
  local state = checkpoint or {}
  local most, count = tonumber(config.max_issues) or math.huge, 0
  while true do
    local page = ask(config, ISSUES, {
      first = PAGE, after = state.after, comments = is_on(config.include_comments),
      filter = state.since and { updatedAt = { gte = state.since } } or nil,
    }).issues
    for _, issue in ipairs(page.nodes) do
      if not state.newest or issue.updatedAt > state.newest then state.newest = issue.updatedAt end
      if issue.trashed then ctx.remove(issue.id) else emit(config, issue) end
      count = count + 1
    end
    if not page.pageInfo.hasNextPage then break end
    state.after = page.pageInfo.endCursor
    ctx.checkpoint(state)
    if count >= most then
      return ctx.skip("max_issues", "there are more issues than `max_issues`; the next sync goes on from here")
    end
  end
  -- What changes at the same moment as the newest comes once more.
  if state.newest or state.since then ctx.checkpoint({ since = state.newest or state.since }) end
end
