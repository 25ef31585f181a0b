-- Children: a call that waits for another turn, whose answer settles it once.
--
-- A task is an ordinary turn of a conversation of its own. What ends it, whatever that is, lets the
-- call that waits for it go on, in the same atomic step: so its result comes back once, and always.
--
-- This uses what the files before it declare, and fills the table that the first has for it.

local function origin(child) return K.turn .. child .. K.parent end

local function kids(turn) return K.turn .. turn .. K.children end

local REPORTED = '{"kind":"reported",'

-- What a task used that was given up before it could say so itself, as `report` in
-- processors/agent/children.py counts it: nobody works for nothing.
local NOT_ALLOWED = {
  forbidden = true, protected = true, denied = true, expired = true, too_many = true,
}
local COUNTED = { thought = true, observed = true, returned = true }
local SILENT = 'It ended without a word; what is left of it lies at the dead-letter desk.'

local function fact_of(text)
  if not COUNTED[text:match('^{"kind":"(%l+)"')] then return { kind = '' } end
  return cjson.decode(text)
end

local function names(...)
  local found = {}
  for _, list in ipairs({ ... }) do
    for _, name in ipairs(list) do found[#found + 1] = cjson.encode(name) end
  end
  return '[' .. table.concat(found, ',') .. ']'
end

local function tally(child)
  local sum = { steps = 0, calls = 0, refused = 0, tokens = 0, cost = 0 }
  local waited, longest, seen = 0, 0, {}
  local used, did, below = {}, {}, { used = {}, did = {} }
  local function use(list, tool)
    if not seen[tool] then list[#list + 1], seen[tool] = tool, true end
  end
  for _, text in ipairs(redis.call('LRANGE', K.turn .. child, 0, -1)) do
    local one = fact_of(text)
    if one.kind == 'thought' then
      sum.steps, sum.calls = sum.steps + 1, sum.calls + #one.calls
      sum.tokens = sum.tokens + one.usage.input + one.usage.output
      sum.cost, waited = sum.cost + one.usage.cost, waited + one.waited_ms
    elseif one.kind == 'observed' then
      use(used, one.tool)
      if one.effect == 'done' or one.effect == 'unknown' then did[#did + 1] = one.tool end
      if NOT_ALLOWED[one.code] then sum.refused = sum.refused + 1 end
    elseif one.kind == 'returned' and type(one.reported) == 'table' then
      for name in pairs(sum) do sum[name] = sum[name] + one.reported[name] end
      longest = math.max(longest, one.reported.waited_ms)
      for _, tool in ipairs(one.reported.used) do use(below.used, tool) end
      for _, tool in ipairs(one.reported.did) do below.did[#below.did + 1] = tool end
    end
  end
  local found = REPORTED .. '"at":' .. string.format('%.0f', milliseconds())
    .. ',"outcome":"failed","text":' .. cjson.encode(SILENT)
    .. ',"used":' .. names(used, below.used) .. ',"did":' .. names(did, below.did)
  for name, value in pairs(sum) do
    found = found .. ',"' .. name .. '":' .. string.format('%.0f', value)
  end
  return found .. ',"waited_ms":' .. string.format('%.1f', waited + longest) .. '}'
end

-- A turn that ends, or is told to, lets nobody work for it any more.
function children.stop(turn)
  for _, child in ipairs(redis.call('SMEMBERS', kids(turn))) do
    if running(child) and redis.call('HEXISTS', K.stopping, child) == 0 then
      redis.call('HSET', K.stopping, child, redis.call('HGET', origin(child), 'stop'))
      approvals.void(child)
      redis.pcall('PUBLISH', K.hints, 'stop ' .. child) -- a lost hint costs time, never truth
      children.stop(child)
    end
  end
end

-- Whether a turn waits for others: then nothing of it in flight is as it should be.
function children.awaited(turn)
  for _, child in ipairs(redis.call('SMEMBERS', kids(turn))) do
    if running(child) then return true end
  end
  return false
end

-- A turn is over. If it was a task, what it came to stands in the record of whose it was, and the
-- call goes on, if its step still waits for it.
function children.ended(child)
  children.stop(child)
  redis.call('EXPIRE', kids(child), TURN_LIFE)
  redis.call('EXPIRE', origin(child), TURN_LIFE)
  local kept = redis.call('HMGET', origin(child), 'state', 'turn', 'call', 'again')
  if kept[1] ~= 'running' then return end
  redis.call('HSET', origin(child), 'state', 'ended')
  local turn, called = kept[2], kept[3]
  if not running(turn) then return end
  local known = entry_of(turn, called)
  known.s = 'returned'
  enter(turn, called, known)
  local now, said = milliseconds(), redis.call('LINDEX', K.turn .. child, -1)
  if not said or said:sub(1, #REPORTED) ~= REPORTED then
    -- A record that cannot be read must not keep its turn from ending.
    local fine, found = pcall(tally, child)
    said = fine and found or 'null'
  end
  local length = append(turn, {
    '{"kind":"returned","at":' .. string.format('%.0f', now) .. ',"call_id":'
      .. cjson.encode(called) .. ',"child":' .. cjson.encode(child) .. ',"reported":' .. said .. '}',
  })
  redis.call('ZADD', K.turns, 'XX', now, turn)
  if redis.call('SISMEMBER', K.turn .. turn .. K.open, called) == 1 then
    publish({ { topic = 'tool', data = kept[4] } }, length)
  end
end

-- spawn: a call hands its task to another turn. Its entry is done; the call waits on its own.
--   item: entry, generation, turn; facts and messages for when no task may begin; the call's id,
--   the approval that it was given or ''; the child's turn, its session; how many tasks the turn
--   may have; what is noted of it (a fact); its question, its first message; the call as it goes
--   on; the answer that ends the child when its parent is told to stop
local function spawn_one(call, take)
  local id, generation, turn = take(), take(), take()
  local facts, sent = list(take), messages(take)
  local called, asking, child, session, most = take(), take(), take(), take(), tonumber(take())
  local fact, asked, admitted, again, stop = take(), take(), take(), take(), take()
  local fault = unfit(call, facts, sent) or unfit(call, { fact, asked }, {
    { topic = 'route', data = admitted }, { topic = 'tool', data = again },
    { topic = 'respond', data = stop },
  })
  if fault then return fault end
  if not owns(call, id, generation) then return 'FENCED' end
  local known = entry_of(turn, called)
  local over = not running(turn)
    or redis.call('SISMEMBER', K.turn .. turn .. K.open, called) == 0
  if over or known.child == child then
    acknowledge(call, id)
    return over and 'LATE' or 'SAME'
  end
  local stopped = call.stopping and redis.call('HEXISTS', K.stopping, turn) == 1
  local refused = not approvals.allow(turn, called, known, asking)
    or redis.call('SCARD', kids(turn)) >= most
    or redis.call('EXISTS', K.closed) == 1
    or redis.call('EXISTS', origin(child)) == 1
    or redis.call('HEXISTS', K.busy, session) == 1
  if stopped or refused then
    return join(call, id, turn, called, stopped and {} or facts, sent, {})
  end
  redis.call('HSET', origin(child), 'state', 'running', 'turn', turn, 'call', called,
    'again', again, 'stop', stop)
  redis.call('SADD', kids(turn), child)
  known.s, known.child = 'delegated', child
  enter(turn, called, known)
  local length = append(turn, { fact })
  redis.call('ZADD', K.turns, 'XX', call.now, turn)
  start(call, session, child, asked, admitted)
  acknowledge(call, id)
  return 'SPAWNED ' .. length
end

register('spawn', grouped(spawn_one))
