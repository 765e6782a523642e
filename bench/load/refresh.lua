-- Each request presents the newest refresh token of the session that has rested longest, and keeps the one it gets back.
-- wrk -t1 … -- FILE PATH: the file has a token for each of more sessions than there are connections.
local path, queue, first, last = nil, {}, 1, 0
starved = 0

function init(args)
  path = args[2]
  for line in io.lines(args[1]) do
    last = last + 1
    queue[last] = line
  end
end

function request()
  local token = queue[first]
  if token == nil then
    starved = starved + 1
    return "GET /starved HTTP/1.1\r\nHost: localhost\r\n\r\n"
  end
  queue[first] = nil
  first = first + 1
  local body = '{"refresh_token":"' .. token .. '"}'
  return "POST " .. path .. " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " .. #body
    .. "\r\n\r\n" .. body
end

function response(status, headers, body)
  local token = string.match(body, '"refresh_token":"([^"]+)"')
  if token == nil then return end
  last = last + 1
  queue[last] = token
end
