-- The way in: what gateways say is accepted, and what was accepted is admitted.

-- What a rule may do in a minute, where it is a rule that speaks: the last times it fired are kept,
-- so any minute counts. What is beyond that is known again by its key and counted once; only the
-- first of a storm brings the time when that began, also when it is told again.
--   rule or '', most in a minute
local function brake(take)
  local rule, most = take(), tonumber(take())
  if not rule or rule == '' then return nil end
  return { times = K.rule .. rule, counts = K.rule .. rule .. K.counts, most = most }
end

-- The one way in for gateways. 'OK' is the 202: it is durable, and counts until it is taken up.
local function repeated(once, digest, rule)
  local seen = redis.call('GET', once)
  if not seen then return nil end
  local first, body = seen:match('^(%S+) (%S+)$')
  if rule and first:sub(1, 1) == '-' then return { 'BRAKED', first:sub(2) } end
  return { body == digest and 'SAME' or 'CONFLICT', first }
end

-- How many entries of a topic its slowest stage has not finished. The journal has bounds of
-- its own: chat goes on for a while without it.
local function unfinished(stream)
  local waiting = 0
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local is = {}
    for i = 1, #group, 2 do is[group[i]] = group[i + 1] end
    if is.name ~= K.journal then
      waiting = math.max(waiting, (tonumber(is.lag) or 0) + is.pending)
    end
  end
  return waiting
end

local function braked(rule, once, digest, life)
  if not rule then return nil end
  local now = milliseconds()
  local first = tonumber(redis.call('LINDEX', rule.times, 0))
  if first and first > now then
    redis.call('DEL', rule.times) -- the clock was moved back
    first = nil
  end
  while first and first <= now - MINUTE do
    redis.call('LPOP', rule.times)
    first = tonumber(redis.call('LINDEX', rule.times, 0))
  end
  local fires = redis.call('LLEN', rule.times) < rule.most
  local last, storm = tonumber(redis.call('HGET', rule.counts, 'skipped_at')), ''
  redis.call('HINCRBY', rule.counts, fires and 'fired' or 'skipped', 1)
  redis.call('HSET', rule.counts, fires and 'fired_at' or 'skipped_at', now)
  redis.call('EXPIRE', rule.counts, RULE_LIFE)
  if fires then
    redis.call('RPUSH', rule.times, now)
    redis.call('PEXPIRE', rule.times, MINUTE)
    return nil
  end
  if not last or last > now or now - last >= STORM_OVER then storm = tostring(now) end
  redis.call('SET', once, '-' .. storm .. ' ' .. digest, 'EX', life)
  return { 'BRAKED', storm }
end

local function take_in(topic, who, once, message, digest, life)
  local id = redis.call('XADD', K.topic .. topic, '*', 'data', message.data, 'sig', message.sig)
  local key = waiting_for(topic, who)
  if redis.call('ZADD', key, id:match('^%d+'), id) == 1 and redis.call('ZCARD', key) == 1 then
    redis.call('EXPIRE', key, life)
  end
  redis.call('SET', once, message.id .. ' ' .. digest, 'EX', life)
  return { 'OK', message.id }
end

-- accept: a message for the inbox.
--   producer, key, digest, life, data, signature, id, session, backlog, room in the session,
--   and a rule's brake
local function accept(_, argv)
  local take = cursor(argv)
  local producer, key, digest, life = take(), take(), take(), take()
  local message = { data = take(), sig = take(), id = take() }
  local session, backlog, room = take(), tonumber(take()), tonumber(take())
  local rule = brake(take)
  local once = K.dedupe .. producer .. ':' .. key
  local again = repeated(once, digest, rule)
  if again then return again end
  local stream = K.topic .. 'inbox'
  local closed = redis.call('GET', K.closed)
  if closed then return { 'CLOSED', closed } end
  if redis.call('EXISTS', stream) == 0 then return { 'CLOSED', '' } end
  if redis.call('XLEN', stream) > backlog then
    local waiting = unfinished(stream)
    if waiting > backlog then return { 'FULL', tostring(waiting) } end
  end
  -- What waits in the mailbox, and what is still on its way there.
  local behind = redis.call('LLEN', K.session .. session .. K.mailbox)
  if behind < room then behind = behind + count_waiting('inbox', session, room - behind) end
  if behind >= room then return { 'BUSY', tostring(behind) } end
  local beyond = braked(rule, once, digest, life)
  if beyond then return beyond end
  return take_in('inbox', session, once, message, digest, life)
end

-- tell: something happened, for `events`, which no stage reads: only the journal's bound counts.
--   producer, key, digest, life, data, signature, id, and a rule's brake
local function tell(_, argv)
  local take = cursor(argv)
  local producer, key, digest, life = take(), take(), take(), take()
  local data, signature, id = take(), take(), take()
  local rule = brake(take)
  local once = K.dedupe .. producer .. ':' .. key
  local again = repeated(once, digest, rule)
  if again then return again end
  local closed = redis.call('GET', K.closed)
  if closed then return { 'CLOSED', closed } end
  local beyond = braked(rule, once, digest, life)
  if beyond then return beyond end
  redis.call('XADD', K.topic .. 'events', '*', 'data', data, 'sig', signature)
  redis.call('SET', once, id .. ' ' .. digest, 'EX', life)
  return { 'OK', id }
end

-- fire: a rule does what leaves with the commit of its event, and so needs no door.
--   producer, key, digest, life, and a rule's brake
local function fire(_, argv)
  local take = cursor(argv)
  local producer, key, digest, life = take(), take(), take(), take()
  local rule = brake(take)
  local once = K.dedupe .. producer .. ':' .. key
  local again = repeated(once, digest, rule)
  if again then return again end
  local beyond = braked(rule, once, digest, life)
  if beyond then return beyond end
  redis.call('SET', once, key .. ' ' .. digest, 'EX', life)
  return { 'OK', key }
end

-- command: what must not wait in line, for `control`. A stop is wanted most when nothing else
-- is taken in, so the doors are never closed to it, and full memory does not refuse it: what it
-- ends gives memory back. Therefore its bounds are fixed here, and small.
--   producer, key, digest, life, data, signature, id, person
local function command(_, argv)
  local take = cursor(argv)
  local producer, key, digest, life = take(), take(), take(), take()
  local message = { data = take(), sig = take(), id = take() }
  local person = take()
  local names = #producer + #key + #digest + #message.sig + #message.id + #person
  if #message.data > MAX_COMMAND or names > MAX_NAMES then
    return redis.error_reply('ERR a command is larger than ' .. MAX_COMMAND .. ' bytes')
  end
  local once = K.dedupe .. producer .. ':' .. key
  local again = repeated(once, digest)
  if again then return again end
  local stream = K.topic .. 'control'
  if redis.call('EXISTS', stream) == 0 then return { 'CLOSED', '' } end
  local behind = count_waiting('control', person, COMMANDS_OF_ONE)
  if behind >= COMMANDS_OF_ONE then return { 'BUSY', tostring(behind) } end
  local waiting = unfinished(stream)
  if waiting >= MOST_COMMANDS then return { 'FULL', tostring(waiting) } end
  return take_in('control', person, once, message, digest, life)
end

-- admit: a message enters. Only the holder of the inbox lease may say so, or two readers
-- would turn a session's order around.
--   item: entry, generation, dedupe key or '', its life in seconds, turn or '', session,
--         most messages in the mailbox, facts (the question), messages
--   With a turn the first message starts it or waits in the mailbox; without, all are sent.
--
-- Nothing overtakes an older entry, in whose hands ever that is: the answer is BEHIND, and the
-- leader takes everything again in its order. What was refused here and is on its way to the
-- desk, or waits for the clerk, need not be waited for.
local function behind_others(call, id)
  for row in each_pending(call.stream, call.group, '-') do
    if row[1] == id then return false end
    local given_up = row[2] == K.buried or trouble(call.topic, call.group, row[1]).refused
    if not given_up then return true end
  end
  return true
end

local function refuse(call, id, answer)
  local known = trouble(call.topic, call.group, id)
  known.refused = true
  note(call.topic, call.group, id, known)
  call.troubled = true
  return answer
end

local function admit_one(call, take)
  local id, generation, once, life = take(), take(), take(), take()
  local turn, session, room = take(), take(), tonumber(take())
  local facts, sent = list(take), messages(take)
  if redis.call('GET', K.lease .. call.topic) ~= call.consumer then return 'FENCED' end
  if not owns(call, id, generation) then return 'FENCED' end
  if behind_others(call, id) then return 'BEHIND' end
  local fault = unfit(call, facts, sent)
  if fault then return refuse(call, id, fault) end
  local box = K.session .. session .. K.mailbox
  local busy = turn ~= '' and redis.call('HGET', K.busy, session)
  local behind = busy and redis.call('LLEN', box) or 0
  if behind >= room then return refuse(call, id, 'FULL') end
  taken_up(call, session, id)
  if once ~= '' and not redis.call('SET', K.dedupe .. once, turn, 'NX', 'EX', life) then
    acknowledge(call, id)
    return 'SAME'
  end
  local answer = 'OK 0'
  if turn == '' then
    publish(sent, 0)
  elseif busy then
    redis.call('RPUSH', box, cmsgpack.pack({ turn = turn, asked = facts[1], data = sent[1].data }))
    local asks = redis.call('SCARD', K.session .. session .. K.asks) > 0
    answer = 'QUEUED ' .. (behind + 1) .. (asks and ' asks' or '')
  else
    answer = 'OK ' .. start(call, session, turn, facts[1], sent[1].data)
  end
  acknowledge(call, id)
  return answer
end

redis.register_function('accept', accept)
redis.register_function('tell', tell)
redis.register_function('fire', fire)
register('command', command)
register('admit', grouped(admit_one))
