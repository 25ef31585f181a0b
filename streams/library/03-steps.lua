-- The steps of a turn: one after the other, to its end or to a stop.

-- The calls of a step that are not settled: the last of them lets the turn think on. They go with
-- the turn's end, and not by time.
local function open_calls(turn, calls)
  local open = K.turn .. turn .. K.open
  redis.call('DEL', open)
  redis.call('SADD', open, unpack(calls))
end

-- What a call brought back after its turn had ended stays on record, once: should the owner send
-- the turn on again, every result is there. No message tells the journal of it: this does.
local function keep_late(turn, called, facts)
  local record = K.turn .. turn
  if #facts == 0 or redis.call('EXISTS', record) == 0 then return false end
  local kind, name = '{"kind":"observed"', '"call_id":"' .. called .. '"'
  for _, row in ipairs(redis.call('LRANGE', record, 0, -1)) do
    if row:sub(1, #kind) == kind and row:find(name, 1, true) then return false end
  end
  redis.call('RPUSH', K.late, turn .. ' ' .. append(turn, facts))
  return true
end

-- hop: a stage is done; what it returned goes on.
--   item: entry, generation, turn, facts, messages, the ids of the calls opened by this step,
--         what was spent (nothing; or session, person, then each count's name and its increase)
local function hop_one(call, take)
  local id, generation, turn = take(), take(), take()
  local facts, sent, opened, spent = list(take), messages(take), list(take), list(take)
  local fault = unfit(call, facts, sent)
  if fault then return fault end
  if not owns(call, id, generation) then return 'FENCED' end
  if #facts + #sent > 0 and not running(turn) then
    acknowledge(call, id)
    return 'LATE'
  end
  local stop = call.stopping and turn ~= '' and redis.call('HGET', K.stopping, turn)
  local length = append(turn, facts)
  if stop then
    publish({ { topic = 'respond', data = stop } }, length)
  else
    publish(sent, length)
    if #opened > 0 then open_calls(turn, opened) end
  end
  if turn ~= '' then redis.call('ZADD', K.turns, 'XX', call.now, turn) end
  spend(call, spent)
  acknowledge(call, id)
  return (stop and 'STOPPED ' or 'OK ') .. length
end

-- effect_start: an effect is about to happen; that is durable before it does.
--   topic, group, consumer, entry, generation, turn, call id, kind, token: whoever asks again
--   with it never heard the answer, so nothing began, and gets the same one; the approval that
--   it was given, or ''
--   answer: UNASKED (a person's yes is needed, and this is none); GO; AGAIN (begun before and never ended: the same key makes it safe); PROBE (look
--   first); UNKNOWN (begun before, and only a person can tell); ENDED with what it brought
--   back; STOPPED; LATE; FENCED
local function effect_start(_, argv)
  local take = cursor(argv)
  local call = { topic = take(), group = take(), consumer = take() }
  local id, generation, turn, called, kind = take(), take(), take(), take(), take()
  local token, asking = take(), take() or ''
  call.stream = K.topic .. call.topic
  call.troubled = redis.call('EXISTS', troubles(call.topic, call.group)) == 1
  if not owns(call, id, generation) then return { 'FENCED', '' } end
  -- A call that its step does not wait for has a result already, if only that it was not run.
  local wanted = redis.call('SISMEMBER', K.turn .. turn .. K.open, called) == 1
  if not wanted or not running(turn) then return { 'LATE', '' } end
  if redis.call('HEXISTS', K.stopping, turn) == 1 then return { 'STOPPED', '' } end
  local known = entry_of(turn, called)
  if known.r then return { 'ENDED', known.r } end
  if token and known.by == token then return { known.said, '' } end
  if not approvals.allow(turn, called, known, asking) then return { 'UNASKED', '' } end
  if known.s == 'unknown' then return { 'UNKNOWN', '' } end
  local begun = known.s == 'started' or known.was == 'started'
  local said = 'GO'
  if begun then said = ({ plain = 'UNKNOWN', probe = 'PROBE' })[kind] or 'AGAIN' end
  known.by, known.said = token, said
  known.k, known.n, known.at = kind, known.n + 1, milliseconds()
  known.s = said == 'UNKNOWN' and 'unknown' or 'started'
  enter(turn, called, known)
  return { said, '' }
end

-- One call of a step has its result; the last one lets the turn think on.
local function join(call, id, turn, called, facts, sent, spent)
  local open = K.turn .. turn .. K.open
  if not running(turn) or redis.call('SREM', open, called) == 0 then
    if keep_late(turn, called, facts) then spend(call, spent) end
    acknowledge(call, id)
    return 'LATE'
  end
  local length = append(turn, facts)
  if redis.call('SCARD', open) == 0 then
    local stop = call.stopping and redis.call('HGET', K.stopping, turn)
    publish(stop and { { topic = 'respond', data = stop } } or sent, length)
  end
  redis.call('ZADD', K.turns, 'XX', call.now, turn)
  spend(call, spent)
  acknowledge(call, id)
  return 'OK ' .. length
end

-- settle: one call of a step is done; the last one lets the turn think on.
--   item: as hop, but the messages are published with the last call only, and at the end stand
--         the call's id, and done, failed or unknown when an effect ended, else '', and what was
--         spent
local function settle_one(call, take)
  local id, generation, turn = take(), take(), take()
  local facts, sent = list(take), messages(take)
  local called, state, spent = take(), take(), list(take)
  local fault = unfit(call, facts, sent)
  if fault then return fault end
  if not owns(call, id, generation) then return 'FENCED' end
  if state ~= '' then
    local known = entry_of(turn, called)
    known.s, known.r = state, facts[#facts]
    enter(turn, called, known)
  end
  return join(call, id, turn, called, facts, sent, spent)
end

-- finish: the turn is over; the session's next message starts, or the session is free.
--   item: entry, generation, turn, session, facts, messages, the session's settings or '',
--         '1' to forget its earlier turns
local function finish_one(call, take)
  local id, generation, turn, session = take(), take(), take(), take()
  local facts, sent, chosen, fresh = list(take), messages(take), take(), take()
  local fault = unfit(call, facts, sent)
  if fault then return fault end
  if not owns(call, id, generation) then return 'FENCED' end
  if not running(turn) then
    acknowledge(call, id)
    return 'LATE'
  end
  local length = append(turn, facts)
  publish(sent, length)
  if chosen ~= '' then redis.call('HSET', K.session .. session, 'chosen', chosen) end
  if fresh == '1' then
    redis.call('DEL', K.session .. session .. K.turns_of, K.spent .. 'session:' .. session)
  end
  free(call, session, turn)
  acknowledge(call, id)
  return 'OK ' .. length
end

-- halt: a stop must not wait. The running turn is marked; whoever commits its next step
-- finds the mark and publishes the stop's answer in its place.
--   item: entry, generation, turn, facts, messages, whose command it was
local function halt_one(call, take)
  local id, generation, turn = take(), take(), take()
  local facts, sent = list(take), messages(take)
  local who = take()
  local fault = unfit(call, facts, sent)
  if fault then return fault end
  if not owns(call, id, generation) then return 'FENCED' end
  taken_up(call, who, id)
  for _, message in ipairs(sent) do
    if message.topic ~= 'respond' then
      publish({ message }, 0)
    elseif running(turn) then
      redis.call('HSET', K.stopping, turn, message.data)
      approvals.void(turn)
      redis.call('PUBLISH', K.hints, 'stop ' .. turn)
      children.stop(turn)
    end
  end
  acknowledge(call, id)
  return 'OK 0'
end

register('hop', grouped(hop_one))
register('effect_start', effect_start)
register('settle', grouped(settle_one))
register('finish', grouped(finish_one))
register('halt', grouped(halt_one))
