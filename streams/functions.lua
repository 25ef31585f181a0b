-- The server functions: each moves a message on in one atomic step.
--
-- The order inside every function is the same, because Redis does not roll back: read all
-- arguments, check everything, ask who owns the entry, write, acknowledge last. In a group
-- commit every item gets an answer of its own; one bad item never harms the others.
--
-- K, the key names, is written above by streams/functions.py.

local MAX_HOP, MAX_FACT = 16384, 262144
local TOKEN_LIFE, ONCE_LIFE, TURN_LIFE, SESSION_LIFE = 3600, 21600, 604800, 2592000
local KEPT_TURNS = 20
local PAST_AT_ONCE = 1000
local SUSPECT_AFTER = 2

-- Arguments ----------------------------------------------------------------------------

local function cursor(argv)
  local at = 0
  return function()
    at = at + 1
    return argv[at]
  end
end

local function list(take)
  local values = {}
  for i = 1, tonumber(take()) do values[i] = take() end
  return values
end

local function messages(take)
  local found = {}
  for i = 1, tonumber(take()) do found[i] = { topic = take(), data = take() } end
  return found
end

-- Trouble: what is known about an entry that did not go through at once ------------------

local function trouble(topic, id)
  local kept = redis.call('HGET', K.trouble .. topic, id)
  if kept then return cjson.decode(kept) end
  return { g = 0, c = 0 }
end

local function note(topic, id, known)
  redis.call('HSET', K.trouble .. topic, id, cjson.encode(known))
end

-- Ownership ------------------------------------------------------------------------------

-- What a group has pending; nothing where there is no such group.
local function pending(stream, group, ...)
  local rows = redis.pcall('XPENDING', stream, group, ...)
  if rows.err and rows.err:find('NOGROUP', 1, true) then return {} end
  if rows.err then error(rows) end
  return rows
end

local function owns(call, id, generation)
  local rows = pending(call.stream, call.group, id, id, 1)
  if #rows == 0 or rows[1][2] ~= call.consumer then return false end
  if not call.troubled then return generation == '0' end
  return tostring(trouble(call.topic, id).g) == generation
end

local function acknowledge(call, id)
  redis.call('XACK', call.stream, call.group, id)
  if call.troubled then redis.call('HDEL', K.trouble .. call.topic, id) end
end

-- Checks before the first write ----------------------------------------------------------

local function unfit(call, facts, sent)
  for _, fact in ipairs(facts) do
    if #fact > MAX_FACT then return 'ERR a record entry is larger than ' .. MAX_FACT .. ' bytes' end
  end
  for _, message in ipairs(sent) do
    local limit = message.topic == 'dead' and 2 * MAX_FACT or MAX_HOP
    if message.topic == 'outbox' then limit = 4 * MAX_HOP end
    if #message.data > limit then
      return 'ERR a message for ' .. message.topic .. ' is larger than ' .. limit .. ' bytes'
    end
    local fit = call.fit[message.topic]
    if fit == nil then
      local kind = redis.call('TYPE', K.topic .. message.topic).ok
      fit = kind == 'stream' or kind == 'none'
      call.fit[message.topic] = fit
    end
    if not fit then return 'ERR ' .. K.topic .. message.topic .. ' is not a stream' end
  end
  return nil
end

-- Writes ---------------------------------------------------------------------------------

local function append(turn, facts)
  if turn == '' then return 0 end
  local key = K.turn .. turn
  if #facts == 0 then return redis.call('LLEN', key) end
  return redis.call('RPUSH', key, unpack(facts))
end

local function publish(sent, length)
  for _, message in ipairs(sent) do
    redis.call('XADD', K.topic .. message.topic, '*', 'data', message.data, 'n', length)
  end
end

local function milliseconds()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- The effect ledger: what is known of each call that changes something. It is kept with the
-- turn: call id -> state (started, done, failed, unknown), kind, tries, what it brought back.
local function ledger(turn) return K.turn .. turn .. K.calls end

local function entry_of(turn, called)
  local kept = redis.call('HGET', ledger(turn), called)
  return kept and cjson.decode(kept) or { n = 0 }
end

local function enter(turn, called, known)
  redis.call('HSET', ledger(turn), called, cjson.encode(known))
  redis.call('EXPIRE', ledger(turn), TURN_LIFE)
end

local function running(turn)
  return turn == '' or redis.call('ZSCORE', K.turns, turn)
end

local function start(call, session, turn, asked, data)
  redis.call('HSET', K.busy, session, turn)
  redis.call('PERSIST', K.session .. session)
  redis.call('ZADD', K.turns, call.now, turn)
  local length = redis.call('RPUSH', K.turn .. turn, asked)
  local chosen = redis.call('HGET', K.session .. session, 'chosen')
  if chosen then length = redis.call('RPUSH', K.turn .. turn, chosen) end
  redis.call('XADD', K.topic .. 'route', '*', 'data', data, 'n', length)
  return length
end

local function free(call, session, turn)
  redis.call('ZREM', K.turns, turn)
  redis.call('HDEL', K.stopping, turn)
  redis.call('DEL', K.turn .. turn .. K.open)
  -- Nobody comes back to a session that one message had for itself.
  local once = session:sub(1, 9) == 'producer-' or session:sub(1, 5) == 'once-'
  redis.call('EXPIRE', K.turn .. turn, once and ONCE_LIFE or TURN_LIFE)
  local turns = K.session .. session .. K.turns_of
  if redis.call('RPUSH', turns, turn) > KEPT_TURNS then
    local oldest = redis.call('LPOP', turns)
    -- Its record goes with the next trim, if the journal has it by then.
    if oldest ~= turn then redis.call('RPUSH', K.past, oldest .. ' ' .. call.now) end
  end
  redis.call('EXPIRE', turns, once and ONCE_LIFE or SESSION_LIFE)
  if redis.call('HGET', K.busy, session) ~= turn then return end
  local waiting = redis.call('LPOP', K.session .. session .. K.mailbox)
  if waiting then
    local after = cmsgpack.unpack(waiting)
    start(call, session, after.turn, after.asked, after.data)
  else
    redis.call('HDEL', K.busy, session)
    redis.call('EXPIRE', K.session .. session, SESSION_LIFE)
  end
end

-- A group commit: one call, one fsync, an answer for each item ----------------------------
--
-- A client whose reply was lost sends the same call again; the same token gets the same
-- answers, and nothing happens twice.

-- A key of the wrong kind fails the item that needs it, and no other.
local function answer_to(apply, call, take)
  local fine, answer = pcall(apply, call, take)
  if fine then return answer end
  local text = type(answer) == 'table' and answer.err or tostring(answer)
  return 'ERR ' .. (text:gsub('%s+', ' '))
end

local function commit(argv, apply)
  local take = cursor(argv)
  local call = { topic = take(), group = take(), consumer = take(), fit = {} }
  local token, count = take(), tonumber(take())
  local kept = K.token .. call.group .. ':' .. call.consumer
  local said = redis.call('GET', kept)
  if said and said:sub(1, #token + 1) == token .. '\n' then
    local again = {}
    for answer in said:sub(#token + 2):gmatch('[^\n]+') do again[#again + 1] = answer end
    return again
  end
  call.stream = K.topic .. call.topic
  call.now = milliseconds()
  call.troubled = redis.call('EXISTS', K.trouble .. call.topic) == 1
  call.stopping = redis.call('EXISTS', K.stopping) == 1
  local answers = {}
  for i = 1, count do answers[i] = answer_to(apply, call, take) end
  redis.call('SET', kept, token .. '\n' .. table.concat(answers, '\n'), 'EX', TOKEN_LIFE)
  return answers
end

-- hop: a stage is done; what it returned goes on.
--   item: entry, generation, turn, facts, messages, calls opened by this step
local function hop_one(call, take)
  local id, generation, turn = take(), take(), take()
  local facts, sent, open = list(take), messages(take), tonumber(take())
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
    if open > 0 then redis.call('SET', K.turn .. turn .. K.open, open, 'EX', TURN_LIFE) end
  end
  if turn ~= '' then redis.call('ZADD', K.turns, 'XX', call.now, turn) end
  acknowledge(call, id)
  return (stop and 'STOPPED ' or 'OK ') .. length
end

-- effect_start: an effect is about to happen; that is durable before it does.
--   topic, group, consumer, entry, generation, turn, call id, kind, token: whoever asks again
--   with it never heard the answer, so nothing began, and gets the same one
--   answer: GO; AGAIN (begun before and never ended: the same key makes it safe); PROBE (look
--   first); UNKNOWN (begun before, and only a person can tell); ENDED with what it brought
--   back; STOPPED; LATE; FENCED
local function effect_start(_, argv)
  local take = cursor(argv)
  local call = { topic = take(), group = take(), consumer = take() }
  local id, generation, turn, called, kind = take(), take(), take(), take(), take()
  local token = take()
  call.stream = K.topic .. call.topic
  call.troubled = redis.call('EXISTS', K.trouble .. call.topic) == 1
  if not owns(call, id, generation) then return { 'FENCED', '' } end
  if not running(turn) then return { 'LATE', '' } end
  if redis.call('HEXISTS', K.stopping, turn) == 1 then return { 'STOPPED', '' } end
  local known = entry_of(turn, called)
  if known.r then return { 'ENDED', known.r } end
  if token and known.by == token then return { known.said, '' } end
  if known.s == 'unknown' then return { 'UNKNOWN', '' } end
  local begun = known.s == 'started'
  local said = 'GO'
  if begun then said = ({ plain = 'UNKNOWN', probe = 'PROBE' })[kind] or 'AGAIN' end
  known.by, known.said = token, said
  known.k, known.n, known.at = kind, known.n + 1, milliseconds()
  known.s = said == 'UNKNOWN' and 'unknown' or 'started'
  enter(turn, called, known)
  return { said, '' }
end

-- settle: one call of a step is done; the last one lets the turn think on.
--   item: as hop, but the messages are published with the last call only, and at the end stands
--         '<call id> <done | failed | unknown>' when an effect ended, else ''
local function settle_one(call, take)
  local id, generation, turn = take(), take(), take()
  local facts, sent = list(take), messages(take)
  local called, state = take():match('^(%S+) (%S+)$')
  local fault = unfit(call, facts, sent)
  if fault then return fault end
  if not owns(call, id, generation) then return 'FENCED' end
  if called then
    local known = entry_of(turn, called)
    known.s, known.r = state, facts[#facts]
    enter(turn, called, known)
  end
  local open = K.turn .. turn .. K.open
  if not running(turn) or redis.call('EXISTS', open) == 0 then
    acknowledge(call, id)
    return 'LATE'
  end
  local length = append(turn, facts)
  if redis.call('DECR', open) <= 0 then
    redis.call('DEL', open)
    local stop = call.stopping and redis.call('HGET', K.stopping, turn)
    publish(stop and { { topic = 'respond', data = stop } } or sent, length)
  end
  redis.call('ZADD', K.turns, 'XX', call.now, turn)
  acknowledge(call, id)
  return 'OK ' .. length
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
  if fresh == '1' then redis.call('DEL', K.session .. session .. K.turns_of) end
  free(call, session, turn)
  acknowledge(call, id)
  return 'OK ' .. length
end

-- admit: a message enters. Only the holder of the inbox lease may say so, or two readers
-- would turn a session's order around.
--   item: entry, generation, dedupe key or '', its life in seconds, turn or '', session,
--         most messages in the mailbox, facts (the question), messages
--   With a turn the first message starts it or waits in the mailbox; without, all are sent.
--
-- Nothing overtakes an older entry, in whose hands ever that is: the answer is BEHIND, and the
-- leader takes everything again in its order. What was refused here and is on its way to the
-- desk need not be waited for.
local REFUSED_MOST = 100

local function behind_others(call, id)
  for _, row in ipairs(pending(call.stream, call.group, '-', id, REFUSED_MOST)) do
    if row[1] == id then return false end
    if not trouble(call.topic, row[1]).refused then return true end
  end
  return true
end

local function refuse(call, id, answer)
  local known = trouble(call.topic, id)
  known.refused = true
  note(call.topic, id, known)
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
  if once ~= '' and not redis.call('SET', K.dedupe .. once, turn, 'NX', 'EX', life) then
    acknowledge(call, id)
    return 'SAME'
  end
  local answer = 'OK 0'
  if turn == '' then
    publish(sent, 0)
  elseif busy then
    redis.call('RPUSH', box, cmsgpack.pack({ turn = turn, asked = facts[1], data = sent[1].data }))
    answer = 'QUEUED ' .. (behind + 1)
  else
    answer = 'OK ' .. start(call, session, turn, facts[1], sent[1].data)
  end
  acknowledge(call, id)
  return answer
end

-- halt: a stop must not wait. The running turn is marked; whoever commits its next step
-- finds the mark and publishes the stop's answer in its place.
--   item: entry, generation, turn, facts, messages, unused
local function halt_one(call, take)
  local id, generation, turn = take(), take(), take()
  local facts, sent = list(take), messages(take)
  take()
  local fault = unfit(call, facts, sent)
  if fault then return fault end
  if not owns(call, id, generation) then return 'FENCED' end
  for _, message in ipairs(sent) do
    if message.topic ~= 'respond' then
      publish({ message }, 0)
    elseif running(turn) then
      redis.call('HSET', K.stopping, turn, message.data)
      redis.call('PUBLISH', K.hints, 'stop ' .. turn)
    end
  end
  acknowledge(call, id)
  return 'OK 0'
end

-- bury: nobody can handle this entry. It goes to the desk, and the person is told.
--   item: entry, generation, turn, session, '1' when the turn ends with it, messages
local function bury_one(call, take)
  local id, generation, turn, session, ends = take(), take(), take(), take(), take()
  local sent = messages(take)
  local fault = unfit(call, {}, sent)
  if fault then return fault end
  if not owns(call, id, generation) then return 'FENCED' end
  local live = running(turn)
  for _, message in ipairs(sent) do
    if message.topic == 'dead' or live then publish({ message }, append(turn, {})) end
  end
  if ends == '1' and live and turn ~= '' then free(call, session, turn) end
  acknowledge(call, id)
  return 'OK 0'
end

-- fail: a try went wrong; the count is kept with the entry, not with the process.
--   item: entry, generation, time in ms, error class, its text
local function fail_one(call, take)
  local id, generation, at, class, text = take(), take(), take(), take(), take()
  if not owns(call, id, generation) then return 'FENCED' end
  local known = trouble(call.topic, id)
  known.f = known.f or {}
  table.insert(known.f, { at = tonumber(at), error = class, text = text })
  note(call.topic, id, known)
  call.troubled = true
  return 'OK ' .. #known.f
end

-- accept: the one way in for gateways. Its 'OK' is the 202.
--   topic, producer, key, digest, life, data, signature, id, session, backlog, room
local function accept(_, argv)
  local take = cursor(argv)
  local topic, producer, key, digest, life = take(), take(), take(), take(), take()
  local data, signature, id, session = take(), take(), take(), take()
  local backlog, room = tonumber(take()), tonumber(take())
  local once = K.dedupe .. producer .. ':' .. key
  local seen = redis.call('GET', once)
  if seen then
    local first, body = seen:match('^(%S+) (%S+)$')
    return { body == digest and 'SAME' or 'CONFLICT', first }
  end
  local stream = K.topic .. topic
  local closed = topic == 'inbox' and redis.call('GET', K.closed)
  if closed then return { 'CLOSED', closed } end
  if redis.call('EXISTS', stream) == 0 then return { 'CLOSED', '' } end
  if redis.call('XLEN', stream) > backlog then
    local waiting = 0
    for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
      local is = {}
      for i = 1, #group, 2 do is[group[i]] = group[i + 1] end
      -- The journal has bounds of its own: chat goes on for a while without it.
      if is.name ~= K.journal then
        waiting = math.max(waiting, (tonumber(is.lag) or 0) + is.pending)
      end
    end
    if waiting > backlog then return { 'FULL', tostring(waiting) } end
  end
  -- What goes to control waits in no mailbox: a stop is wanted most where many wait.
  if topic == 'inbox' then
    local behind = redis.call('LLEN', K.session .. session .. K.mailbox)
    if behind >= room then return { 'BUSY', tostring(behind) } end
  end
  redis.call('XADD', stream, '*', 'data', data, 'sig', signature)
  redis.call('SET', once, id .. ' ' .. digest, 'EX', life)
  return { 'OK', id }
end

-- lead: at most one reader of a topic. While suspects wait there, only the process that
-- runs them alone may lead, so that nothing overtakes them.
--   topic, group, consumer, life in ms, '1' if this is that process
local function lead(_, argv)
  local take = cursor(argv)
  local topic, group, consumer, life, alone = take(), take(), take(), take(), take()
  local key = K.lease .. topic
  local holder = redis.call('GET', key)
  if alone ~= '1' then
    local held = pending(K.topic .. topic, group, '-', '+', 1, K.suspects)
    if #held > 0 then
      if holder == consumer then redis.call('DEL', key) end
      return K.suspects
    end
  end
  if holder and holder ~= consumer then return holder end
  redis.call('SET', key, consumer, 'PX', life)
  return consumer
end

-- resign: give the lead back at once.
local function resign(_, argv)
  local key = K.lease .. argv[1]
  if redis.call('GET', key) == argv[2] then redis.call('DEL', key) end
  return 'OK'
end

-- beat: renew what the caller still owns, and only that.
--   topic, group, consumer, items: entry, generation, turn
local function beat(_, argv)
  local take = cursor(argv)
  local call = { topic = take(), group = take(), consumer = take() }
  call.stream = K.topic .. call.topic
  call.troubled = redis.call('EXISTS', K.trouble .. call.topic) == 1
  local answers = {}
  for i = 1, tonumber(take()) do
    local id, generation, turn = take(), take(), take()
    if owns(call, id, generation) then
      redis.call('XCLAIM', call.stream, call.group, call.consumer, 0, id, 'JUSTID')
      local stop = turn ~= '' and redis.call('HEXISTS', K.stopping, turn) == 1
      answers[i] = stop and 'STOPPING' or 'OK'
    else
      answers[i] = 'FENCED'
    end
  end
  return answers
end

-- reclaim: take what was given back, and what nobody renewed for one lease.
--   consumer, lease in ms ('' for none), whose: '' as above, 'suspects', '+' for all that is
--   pending but suspects, '*' for all; topics: topic, group, most entries, after which entry
--   answer: how many topics have suspects waiting, then
--   topic, entry, generation, trouble, fields ...
local function reclaim(_, argv)
  local take = cursor(argv)
  local consumer, lease, whose = take(), take(), take()
  local found, suspected = {}, 0
  for _ = 1, tonumber(take()) do
    local topic, group, most, after = take(), take(), tonumber(take()), take()
    local stream = K.topic .. topic
    local from = after == '' and '-' or '(' .. after
    local due = {}
    local function want(rows, but)
      for _, row in ipairs(rows) do
        if row[2] ~= but then due[#due + 1] = row[1] end
      end
    end
    if most > 0 then
      if whose == '*' or whose == '+' then
        want(pending(stream, group, from, '+', most), whose == '+' and K.suspects)
      elseif whose == K.suspects then
        want(pending(stream, group, from, '+', most, K.suspects))
      else
        want(pending(stream, group, '-', '+', most, K.released))
        if lease ~= '' and #due < most then
          for _, row in ipairs(pending(stream, group, 'IDLE', lease, '-', '+', most)) do
            if row[2] ~= K.released and row[2] ~= K.suspects then due[#due + 1] = row[1] end
          end
        end
      end
    end
    for _, id in ipairs(due) do
      local known = trouble(topic, id)
      known.g = known.g + 1
      if whose == '' and known.c >= SUSPECT_AFTER then
        redis.call('XCLAIM', stream, group, K.suspects, 0, id, 'JUSTID')
        note(topic, id, known)
      else
        local claimed = redis.call('XCLAIM', stream, group, consumer, 0, id)
        if #claimed > 0 and claimed[1] and claimed[1][2] then
          note(topic, id, known)
          found[#found + 1] = { topic, id, tostring(known.g), cjson.encode(known), claimed[1][2] }
        end
      end
    end
    if #pending(stream, group, '-', '+', 1, K.suspects) > 0 then suspected = suspected + 1 end
  end
  return { suspected, found }
end

-- release: a process is gone; all it held is free at once. What it was running when it died
-- has one crash more on its account, and after two it is a suspect.
--   answer: how many entries were freed, in how many topics suspects wait now
--   consumer, time in ms, topics: topic, group; started: topic, entry
local function release(_, argv)
  local take = cursor(argv)
  local consumer, at = take(), tonumber(take())
  local topics, started = {}, {}
  for i = 1, tonumber(take()) do topics[i] = { take(), take() } end
  for _ = 1, tonumber(take()) do started[take() .. ' ' .. take()] = true end
  local freed, suspects = 0, 0
  for _, pair in ipairs(topics) do
    local topic, group = pair[1], pair[2]
    local stream = K.topic .. topic
    repeat
      local rows = pending(stream, group, '-', '+', 500, consumer)
      for _, row in ipairs(rows) do
        local id, target = row[1], K.released
        local known = trouble(topic, id)
        known.g = known.g + 1
        if started[topic .. ' ' .. id] then
          known.c = known.c + 1
          known.f = known.f or {}
          table.insert(known.f, { at = at, error = 'Crash', text = 'the process that ran it died' })
        end
        if known.c >= SUSPECT_AFTER then
          target = K.suspects
        end
        note(topic, id, known)
        redis.call('XCLAIM', stream, group, target, 0, id, 'JUSTID')
        freed = freed + 1
      end
    until #rows < 500
    redis.pcall('XGROUP', 'DELCONSUMER', stream, group, consumer)
    if #pending(stream, group, '-', '+', 1, K.suspects) > 0 then suspects = suspects + 1 end
    redis.call('DEL', K.token .. group .. ':' .. consumer)
    if redis.call('GET', K.lease .. topic) == consumer then redis.call('DEL', K.lease .. topic) end
  end
  return { freed, suspects }
end

-- Up to which time in ms the journal has everything of a topic; nil where there is no journal.
local function journaled(stream)
  if redis.call('EXISTS', stream) == 0 then return nil end
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local is = {}
    for i = 1, #group, 2 do is[group[i]] = group[i + 1] end
    if is.name == K.journal then
      if is.pending > 0 then
        return tonumber(redis.call('XPENDING', stream, is.name)[2]:match('^%d+')) - 1
      end
      -- Redis does not know the lag (a false here) after entries were deleted.
      if is.lag == 0 then return math.huge end
      return tonumber(is['last-delivered-id']:match('^%d+')) - 1
    end
  end
  return nil
end

-- Forget the records of turns that no session remembers, and that the journal has.
local function forget_past()
  if redis.call('EXISTS', K.past) == 0 then return end
  local through = journaled(K.topic .. 'outbox') or math.huge
  for _ = 1, PAST_AT_ONCE do
    local first = redis.call('LINDEX', K.past, 0)
    if not first then return end
    local turn, at = first:match('^(.*) (%d+)$')
    if tonumber(at) > through then return end
    redis.call('LPOP', K.past)
    if not running(turn) then redis.call('DEL', K.turn .. turn, ledger(turn)) end
  end
end

-- trim: forget what every group is done with, and nothing else.
--   topics
local function trim(_, argv)
  local before = function(a, b)
    local am, as = a:match('^(%d+)-(%d+)$')
    local bm, bs = b:match('^(%d+)-(%d+)$')
    if #am ~= #bm then return #am < #bm end
    if am ~= bm then return am < bm end
    if #as ~= #bs then return #as < #bs end
    return as < bs
  end
  local removed = 0
  for _, topic in ipairs(argv) do
    local stream = K.topic .. topic
    if redis.call('EXISTS', stream) == 1 then
      local keep
      for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
        local is = {}
        for i = 1, #group, 2 do is[group[i]] = group[i + 1] end
        local oldest = is['last-delivered-id']
        if is.pending > 0 then oldest = redis.call('XPENDING', stream, is.name)[2] or oldest end
        if not keep or before(oldest, keep) then keep = oldest end
      end
      if keep then removed = removed + redis.call('XTRIM', stream, 'MINID', '~', keep) end
    end
    if topic == 'respond' then forget_past() end
  end
  return removed
end

-- retire: forget consumers that hold nothing and have been silent for long.
--   idle in ms, topics: topic, group
local function retire(_, argv)
  local take = cursor(argv)
  local idle = tonumber(take())
  local gone = 0
  for _ = 1, tonumber(take()) do
    local topic, group = take(), take()
    for _, row in ipairs(redis.call('XINFO', 'CONSUMERS', K.topic .. topic, group)) do
      local is = {}
      for i = 1, #row, 2 do is[row[i]] = row[i + 1] end
      if is.pending == 0 and is.idle > idle then
        redis.call('XGROUP', 'DELCONSUMER', K.topic .. topic, group, is.name)
        gone = gone + 1
      end
    end
  end
  return gone
end

-- mend: the sweeper found a turn that nothing in flight explains. It ends as every turn does,
-- by an answer; a session that waits for a turn that is over already is freed.
--   session, turn, the answer, what happened (an event)
local function mend(_, argv)
  local take = cursor(argv)
  local session, turn, answer, happened = take(), take(), take(), take()
  local done
  if running(turn) then
    publish({ { topic = 'respond', data = answer } }, append(turn, {}))
    redis.call('ZADD', K.turns, 'XX', milliseconds(), turn)
    done = 'ENDED'
  elseif redis.call('HGET', K.busy, session) == turn then
    free({ now = milliseconds() }, session, turn)
    done = 'FREED'
  else
    return 'FINE'
  end
  publish({ { topic = 'events', data = happened } }, 0)
  return done
end

-- wake: messages wait in a mailbox, and no turn runs that would let them go on.
--   session, what happened (an event)
local function wake(_, argv)
  local take = cursor(argv)
  local session, happened = take(), take()
  if redis.call('HEXISTS', K.busy, session) == 1 then return 'FINE' end
  local waiting = redis.call('LPOP', K.session .. session .. K.mailbox)
  if not waiting then return 'FINE' end
  local after = cmsgpack.unpack(waiting)
  start({ now = milliseconds() }, session, after.turn, after.asked, after.data)
  publish({ { topic = 'events', data = happened } }, 0)
  return 'WOKEN'
end

-- redrive: back from the desk onto its topic, with the ids it had.
--   desk entry, topic, data, signature, turn, session; if it was corrected: what it was before
local function redrive(_, argv)
  local take = cursor(argv)
  local id, topic, data, signature, turn = take(), take(), take(), take(), take()
  local _, was = take(), take()
  if redis.call('XDEL', K.topic .. 'dead', id) == 0 then return 'GONE' end
  local fields = { 'data', data }
  if signature ~= '' then
    fields[3], fields[4] = 'sig', signature
  end
  if was and was ~= '' then
    fields[#fields + 1] = 'was'
    fields[#fields + 1] = was
  end
  if turn ~= '' then
    redis.call('ZADD', K.turns, milliseconds(), turn)
    if topic == 'tool' then redis.call('SET', K.turn .. turn .. K.open, 1, 'EX', TURN_LIFE) end
    fields[#fields + 1] = 'n'
    fields[#fields + 1] = redis.call('LLEN', K.turn .. turn)
  end
  redis.call('XADD', K.topic .. topic, '*', unpack(fields))
  return 'OK'
end

local function grouped(apply)
  return function(_, argv) return commit(argv, apply) end
end

-- Only accept takes new work in, so only accept stops when memory is short: everything that
-- frees memory, or ends an effect, must still run then.
local function register(name, callback)
  redis.register_function({ function_name = name, callback = callback, flags = { 'allow-oom' } })
end

redis.register_function('accept', accept)
register('admit', grouped(admit_one))
register('hop', grouped(hop_one))
register('settle', grouped(settle_one))
register('finish', grouped(finish_one))
register('effect_start', effect_start)
register('halt', grouped(halt_one))
register('bury', grouped(bury_one))
register('fail', grouped(fail_one))
register('lead', lead)
register('resign', resign)
register('beat', beat)
register('reclaim', reclaim)
register('release', release)
register('trim', trim)
register('retire', retire)
register('redrive', redrive)
register('mend', mend)
register('wake', wake)
