-- Children: a call that waits for another turn, whose answer settles it once.
--
-- A task is an ordinary turn of a conversation of its own. What ends it, whatever that is, lets the
-- call that waits for it go on, in the same atomic step: so its result comes back once, and always.
--
-- This uses what the files before it declare, and fills the table that the first has for it.

local function origin(child) return K.turn .. child .. K.parent end

local function kids(turn) return K.turn .. turn .. K.children end

local REPORTED = '{"kind":"reported",'

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
  local kept = redis.call('HMGET', origin(child), 'state', 'turn', 'call', 'again')
  if kept[1] ~= 'running' then return end
  redis.call('HSET', origin(child), 'state', 'ended')
  local turn, called = kept[2], kept[3]
  if not running(turn) then return end
  local known = entry_of(turn, called)
  known.s = 'returned'
  enter(turn, called, known)
  local now, said = milliseconds(), redis.call('LINDEX', K.turn .. child, -1)
  if not said or said:sub(1, #REPORTED) ~= REPORTED then said = 'null' end
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
  redis.call('EXPIRE', origin(child), TURN_LIFE)
  redis.call('SADD', kids(turn), child)
  redis.call('EXPIRE', kids(turn), TURN_LIFE)
  known.s, known.child = 'delegated', child
  enter(turn, called, known)
  local length = append(turn, { fact })
  redis.call('ZADD', K.turns, 'XX', call.now, turn)
  start(call, session, child, asked, admitted)
  acknowledge(call, id)
  return 'SPAWNED ' .. length
end

register('spawn', grouped(spawn_one))
