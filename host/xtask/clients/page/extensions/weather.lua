-- /// ctx
-- name = "weather"
-- version = "0.2.0"
-- description = "Forecasts for a place"
-- contract = "^0.1"
--
-- [requests]
-- http = ["https://api.met.no", "https://*.example.com:8443"]
-- env = ["WEATHER_UNITS"]
-- secrets = ["weather-token"]
-- kv = true
-- ///

-- A field of each kind. Answers with what it was called with.
tool = {
  name = "forecast",
  title = "Forecast",
  description = "Forecast for a place, for the next few days",
  parameters = {
    type = "object",
    required = { "city" },
    properties = {
      city = { type = "string", description = "Where" },
      days = { type = "integer", minimum = 1, maximum = 10, default = 3, description = "How far ahead" },
      units = { enum = { "metric", "imperial" }, default = "metric" },
      detailed = { type = "boolean", description = "Hour by hour" },
      wind = { type = "number", description = "Told from this speed on" },
      layers = { type = "array", items = { type = "string" }, description = "What to draw" },
      text = { type = "string", description = "Anything to add" },
    },
  },
  hints = { read_only = true, open_world = true },
}

function tool.execute(params)
  log.info("forecast for " .. params.city, { days = params.days })
  if params.city == "nowhere" then error("no such city: " .. params.city) end
  return params
end
