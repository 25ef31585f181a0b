-- The server functions: each moves a message on in one atomic step.
--
-- The order inside every function is the same, because Redis does not roll back: read all
-- arguments, check everything, ask who owns the entry, write, acknowledge last. In a group
-- commit every item gets an answer of its own; one bad item never harms the others.
--
-- K, the key names, is written above by streams/functions.py; grants.lua, approvals.lua and
-- children.lua come behind.

local MAX_HOP, MAX_FACT, MAX_REPORT = 16384, 262144, 65536
local KEPT_ORIGINAL, KEPT_SIGNATURE, KEPT_HISTORY = 262144, 256, 65536
local TOKEN_LIFE, ONCE_LIFE, TURN_LIFE, SESSION_LIFE = 3600, 21600, 604800, 2592000
local SPENT_LIFE, DAY = 172800, 86400000
local KEPT_TURNS = 20
local PAST_AT_ONCE = 1000
local SUSPECT_AFTER = 2
-- What a command may take where nothing else is taken in; its sender has no say in these.
local MAX_COMMAND, MAX_NAMES, COMMANDS_OF_ONE, MOST_COMMANDS = 4096, 1024, 16, 256

-- What approvals.lua knows of calls that wait for a person, and grants.lua of those that need not.
local approvals, grants = {}, {}
-- What children.lua knows of turns that work for others.
local children = {}

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

-- Two groups that read the same topic have each its own.
local function troubles(topic, group) return K.trouble .. topic .. ':' .. group end

local function trouble(topic, group, id)
  local kept = redis.call('HGET', troubles(topic, group), id)
  if kept then return cjson.decode(kept) end
  return { g = 0, c = 0 }
end

local function note(topic, group, id, known)
  redis.call('HSET', troubles(topic, group), id, cjson.encode(known))
end

-- Ownership ------------------------------------------------------------------------------

-- What a group has pending; nothing where there is no such group.
local function pending(stream, group, ...)
  local rows = redis.pcall('XPENDING', stream, group, ...)
  if rows.err and rows.err:find('NOGROUP', 1, true) then return {} end
  if rows.err then error(rows) end
  return rows
end

-- All of a group's pending entries, oldest first, page by page; or those idle for so long.
local PAGE = 100

local function each_pending(stream, group, from, idle)
  local rows, at = {}, 0
  return function()
    at = at + 1
    if at > #rows then
      if #rows > 0 then
        if #rows < PAGE then return nil end
        from = '(' .. rows[#rows][1]
      end
      if idle then
        rows = pending(stream, group, 'IDLE', idle, from, '+', PAGE)
      else
        rows = pending(stream, group, from, '+', PAGE)
      end
      at = 1
    end
    return rows[at]
  end
end

-- Where the group is gone nobody can say whose an entry is: an error, and no answer.
local function owns(call, id, generation)
  local rows = redis.call('XPENDING', call.stream, call.group, id, id, 1)
  if #rows == 0 or rows[1][2] ~= call.consumer then return false end
  if not call.troubled then return generation == '0' end
  return tostring(trouble(call.topic, call.group, id).g) == generation
end

local function acknowledge(call, id)
  redis.call('XACK', call.stream, call.group, id)
  if call.troubled then redis.call('HDEL', troubles(call.topic, call.group), id) end
end

local function milliseconds()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- What was accepted and not taken up yet: entries by their time, for whoever said it ---------

local function waiting_for(topic, who) return K.waiting .. topic .. ':' .. who end

-- It was taken up, or given up: it counts no more. What was never accepted was never counted.
local function taken_up(call, who, id)
  if who ~= '' then redis.call('ZREM', waiting_for(call.topic, who), id) end
end

-- How many wait. What somebody removed by hand is forgotten before anybody is turned away.
local function count_waiting(topic, who, room)
  local key = waiting_for(topic, who)
  local count = redis.call('ZCARD', key)
  if count < room then return count end
  local stream = K.topic .. topic
  -- Whoever may count could count what there never was, for a time that never comes.
  redis.call('ZREMRANGEBYSCORE', key, '(' .. milliseconds(), '+inf')
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local is = {}
    for i = 1, #group, 2 do is[group[i]] = group[i + 1] end
    if is.name ~= K.journal then
      local oldest = is['last-delivered-id']
      if is.pending > 0 then oldest = redis.call('XPENDING', stream, is.name)[2] or oldest end
      redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. oldest:match('^%d+'))
    end
  end
  return redis.call('ZCARD', key)
end

-- Checks before the first write ----------------------------------------------------------

local function unfit(call, facts, sent)
  for _, fact in ipairs(facts) do
    if #fact > MAX_FACT then return 'ERR a record entry is larger than ' .. MAX_FACT .. ' bytes' end
  end
  for _, message in ipairs(sent) do
    local limit = message.topic == 'outbox' and 4 * MAX_HOP or MAX_HOP
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

-- Nobody comes back to a session that one message had for itself.
local function once_only(session)
  return session:sub(1, 9) == 'producer-' or session:sub(1, 5) == 'once-'
end

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

-- What was thought and done is counted in the call that puts it on record, and so once: for its
-- session, for its person on this day, and for everybody on it (days are UTC's). Each count has an
-- end. A count that cannot be made must not undo what was already written.
local function spend(call, spent)
  if #spent == 0 then return end
  local session, person, day = spent[1], spent[2], math.floor(call.now / DAY)
  local counts = {
    [K.spent .. 'session:' .. session] = once_only(session) and ONCE_LIFE or SESSION_LIFE,
    [K.spent .. 'person:' .. day .. ':' .. person] = SPENT_LIFE,
    [K.spent .. 'day:' .. day] = SPENT_LIFE,
  }
  for key, life in pairs(counts) do
    for i = 3, #spent, 2 do redis.pcall('HINCRBY', key, spent[i], spent[i + 1]) end
    redis.pcall('EXPIRE', key, life)
  end
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
  approvals.void(turn)
  children.ended(turn)
  redis.call('HDEL', K.stopping, turn)
  redis.call('DEL', K.turn .. turn .. K.open)
  local once = once_only(session)
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

-- A key of the wrong kind fails the item that needs it, and no other. Without its group the whole
-- call fails, before anything was written: it comes again when there is one.
local function answer_to(apply, call, take)
  local fine, answer = pcall(apply, call, take)
  if fine then return answer end
  local text = type(answer) == 'table' and answer.err or tostring(answer)
  if text:find('NOGROUP', 1, true) then call.groupless = true end
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
  call.troubled = redis.call('EXISTS', troubles(call.topic, call.group)) == 1
  call.stopping = redis.call('EXISTS', K.stopping) == 1
  local answers = {}
  for i = 1, count do
    answers[i] = answer_to(apply, call, take)
    if call.groupless then return redis.error_reply('NOGROUP of ' .. call.stream) end
  end
  redis.call('SET', kept, token .. '\n' .. table.concat(answers, '\n'), 'EX', TOKEN_LIFE)
  return answers
end

-- The calls of a step that are not settled: the last of them lets the turn think on.
local function open_calls(turn, calls)
  local open = K.turn .. turn .. K.open
  redis.call('DEL', open)
  redis.call('SADD', open, unpack(calls))
  redis.call('EXPIRE', open, TURN_LIFE)
end

-- What a call brought back after its turn had ended stays on record, once: should the owner send
-- the turn on again, every result is there.
local function keep_late(turn, called, facts)
  local record = K.turn .. turn
  if #facts == 0 or redis.call('EXISTS', record) == 0 then return false end
  local kind, name = '{"kind":"observed"', '"call_id":"' .. called .. '"'
  for _, row in ipairs(redis.call('LRANGE', record, 0, -1)) do
    if row:sub(1, #kind) == kind and row:find(name, 1, true) then return false end
  end
  append(turn, facts)
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

-- bury: nobody can handle this entry. The person is told, and the entry waits for the clerk,
-- who files it. Whoever gives up says why; what it was and where it came from, the clerk reads
-- from the topic itself. So nobody can lay on the desk what was never on the road.
--   item: entry, generation, turn, session, '1' when the turn ends with it, in whose count of
--         what was accepted it is or '', why (JSON), messages
local function bury_one(call, take)
  local id, generation, turn, session, ends = take(), take(), take(), take(), take()
  local who, why = take(), take()
  local sent = messages(take)
  local fault = unfit(call, {}, sent)
  if not fault and #why > MAX_REPORT then
    fault = 'ERR a report is larger than ' .. MAX_REPORT .. ' bytes'
  end
  if fault then return fault end
  if not owns(call, id, generation) then return 'FENCED' end
  taken_up(call, who, id)
  local live = running(turn)
  -- A step without one of its calls is never whole; the turn ends with what is published here.
  if live and call.topic == 'tool' then redis.call('DEL', K.turn .. turn .. K.open) end
  if live then publish(sent, append(turn, {})) end
  if ends == '1' and live and turn ~= '' then free(call, session, turn) end
  local known = trouble(call.topic, call.group, id)
  known.why = why
  note(call.topic, call.group, id, known)
  call.troubled = true
  redis.call('XCLAIM', call.stream, call.group, K.buried, 0, id, 'JUSTID')
  return 'OK 0'
end

-- unfiled: what waits for the clerk, from the topics themselves.
--   most, topics
--   answer: topic, group, entry, what is known of it (why it was given up, its tries), the
--   original as far as it is kept, its size, its signature, what it was before
local function unfiled(_, argv)
  local take = cursor(argv)
  local most = tonumber(take())
  local found = {}
  for at = 2, #argv do
    local topic, stream = argv[at], K.topic .. argv[at]
    local groups = redis.call('EXISTS', stream) == 1 and redis.call('XINFO', 'GROUPS', stream) or {}
    for _, is in ipairs(groups) do
      local group = is[2]
      for _, row in ipairs(pending(stream, group, '-', '+', most, K.buried)) do
        if #found >= most then return found end
        local id, fields = row[1], {}
        local entry = redis.call('XRANGE', stream, id, id)[1]
        for i = 1, entry and #entry[2] or 0, 2 do fields[entry[2][i]] = entry[2][i + 1] end
        local data, was = fields.data or '', fields.was or ''
        found[#found + 1] = {
          topic, group, id, cjson.encode(trouble(topic, group, id)),
          data:sub(1, KEPT_ORIGINAL), #data, (fields.sig or ''):sub(1, KEPT_SIGNATURE),
          #was <= KEPT_HISTORY and was or '',
        }
      end
    end
  end
  return found
end

-- file: the clerk lays letters on the desk. An entry is filed once: whose is no longer buried
-- was filed by another.
--   count; each: topic, group, entry, turn or '', letter
local function file(_, argv)
  local take = cursor(argv)
  local filed = 0
  for _ = 1, tonumber(take()) do
    local topic, group, id, turn, letter = take(), take(), take(), take(), take()
    local stream = K.topic .. topic
    local rows = pending(stream, group, id, id, 1)
    if #rows == 1 and rows[1][2] == K.buried then
      publish({ { topic = 'dead', data = letter } }, append(turn, {}))
      redis.call('XACK', stream, group, id)
      redis.call('HDEL', troubles(topic, group), id)
      filed = filed + 1
    end
  end
  return filed
end

-- fail: a try went wrong; the count is kept with the entry, not with the process.
--   item: entry, generation, time in ms, error class, its text
local function fail_one(call, take)
  local id, generation, at, class, text = take(), take(), take(), take(), take()
  if not owns(call, id, generation) then return 'FENCED' end
  local known = trouble(call.topic, call.group, id)
  known.f = known.f or {}
  table.insert(known.f, { at = tonumber(at), error = class, text = text })
  note(call.topic, call.group, id, known)
  call.troubled = true
  return 'OK ' .. #known.f
end

-- The one way in for gateways. 'OK' is the 202: it is durable, and counts until it is taken up.
local function repeated(once, digest)
  local seen = redis.call('GET', once)
  if not seen then return nil end
  local first, body = seen:match('^(%S+) (%S+)$')
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
--   producer, key, digest, life, data, signature, id, session, backlog, room in the session
local function accept(_, argv)
  local take = cursor(argv)
  local producer, key, digest, life = take(), take(), take(), take()
  local message = { data = take(), sig = take(), id = take() }
  local session, backlog, room = take(), tonumber(take()), tonumber(take())
  local once = K.dedupe .. producer .. ':' .. key
  local again = repeated(once, digest)
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
  return take_in('inbox', session, once, message, digest, life)
end

-- tell: something happened, for `events`, which no stage reads: only the journal's bound counts.
--   producer, key, digest, life, data, signature, id
local function tell(_, argv)
  local take = cursor(argv)
  local producer, key, digest, life = take(), take(), take(), take()
  local data, signature, id = take(), take(), take()
  local once = K.dedupe .. producer .. ':' .. key
  local again = repeated(once, digest)
  if again then return again end
  local closed = redis.call('GET', K.closed)
  if closed then return { 'CLOSED', closed } end
  redis.call('XADD', K.topic .. 'events', '*', 'data', data, 'sig', signature)
  redis.call('SET', once, id .. ' ' .. digest, 'EX', life)
  return { 'OK', id }
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
  call.troubled = redis.call('EXISTS', troubles(call.topic, call.group)) == 1
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
-- After this server stood still, or its clock jumped, everything looks as if nobody had renewed
-- it. Then the caller's last round is long ago too, and nothing is taken by the lease.
--   consumer, lease in ms ('' for none), when the caller's last round was ('' if there was none),
--   whose: '' as above, 'suspects', '+' for all that is pending but suspects, '*' for all.
--   What is buried is nobody's any more;
--   topics: topic, group, most entries, after which entry
--   answer: how many topics have suspects waiting, the time, then
--   topic, entry, generation, trouble, fields ...
local function reclaim(_, argv)
  local take = cursor(argv)
  local consumer, lease, seen, whose = take(), take(), tonumber(take()), take()
  local found, suspected, now = {}, 0, milliseconds()
  if lease ~= '' and (not seen or now - seen > tonumber(lease) / 2) then lease = '' end
  for _ = 1, tonumber(take()) do
    local topic, group, most, after = take(), take(), tonumber(take()), take()
    local stream = K.topic .. topic
    local from = after == '' and '-' or '(' .. after
    local due = {}
    local function want(rows)
      for _, row in ipairs(rows) do due[#due + 1] = row[1] end
    end
    if most > 0 then
      if whose == '*' or whose == '+' then
        for row in each_pending(stream, group, from) do
          if #due >= most then break end
          local not_now = row[2] == K.buried or whose == '+' and row[2] == K.suspects
          if not not_now then due[#due + 1] = row[1] end
        end
      elseif whose == K.suspects then
        want(pending(stream, group, from, '+', most, K.suspects))
      else
        want(pending(stream, group, '-', '+', most, K.released))
        if lease ~= '' and #due < most then
          local kept = { [K.released] = true, [K.suspects] = true, [K.buried] = true }
          for row in each_pending(stream, group, '-', lease) do
            if #due >= most then break end
            if not kept[row[2]] then due[#due + 1] = row[1] end
          end
        end
      end
    end
    for _, id in ipairs(due) do
      local known = trouble(topic, group, id)
      known.g = known.g + 1
      if whose == '' and known.c >= SUSPECT_AFTER then
        redis.call('XCLAIM', stream, group, K.suspects, 0, id, 'JUSTID')
        note(topic, group, id, known)
      else
        local claimed = redis.call('XCLAIM', stream, group, consumer, 0, id)
        if #claimed > 0 and claimed[1] and claimed[1][2] then
          note(topic, group, id, known)
          found[#found + 1] = { topic, id, tostring(known.g), cjson.encode(known), claimed[1][2] }
        end
      end
    end
    if #pending(stream, group, '-', '+', 1, K.suspects) > 0 then suspected = suspected + 1 end
  end
  return { suspected, now, found }
end

-- release: a process is gone; all it held is free at once. What it was running when it died
-- has one crash more on its account, and after two it is a suspect. That is counted as well for
-- what others took over meanwhile, as they do from a process that hangs.
--   answer: how many entries were freed, in how many topics suspects wait now
--   consumer, time in ms, topics: topic, group; started: topic, entry
local function release(_, argv)
  local take = cursor(argv)
  local consumer, at = take(), tonumber(take())
  local topics, groups, started = {}, {}, {}
  for i = 1, tonumber(take()) do
    topics[i] = { take(), take() }
    groups[topics[i][1]] = topics[i][2]
  end
  for i = 1, tonumber(take()) do started[i] = { take(), take() } end
  for _, one in ipairs(started) do
    local topic, id = one[1], one[2]
    local group = groups[topic]
    if group and #pending(K.topic .. topic, group, id, id, 1) > 0 then
      local known = trouble(topic, group, id)
      if known.by ~= consumer then -- asked again because the answer was lost, it counts once
        known.by, known.c, known.f = consumer, known.c + 1, known.f or {}
        table.insert(known.f, { at = at, error = 'Crash', text = 'the process that ran it died' })
        note(topic, group, id, known)
      end
    end
  end
  local freed, suspects = 0, 0
  for _, pair in ipairs(topics) do
    local topic, group = pair[1], pair[2]
    local stream = K.topic .. topic
    repeat
      local rows = pending(stream, group, '-', '+', 500, consumer)
      for _, row in ipairs(rows) do
        local id, target = row[1], K.released
        local known = trouble(topic, group, id)
        known.g = known.g + 1
        if known.c >= SUSPECT_AFTER then
          target = K.suspects
        end
        note(topic, group, id, known)
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

-- Is an entry unfinished, where its group cannot say? Its turn knows whether it waits for it:
-- the record grows with each step, and a step knows its open calls.
local waits_for = {
  inbox = function(id, fields)
    if not fields.sig then return redis.call('EXISTS', K.turn .. 'producer-' .. id) == 0 end
    local session = cjson.decode(fields.data).session
    return redis.call('ZSCORE', waiting_for('inbox', session), id) ~= false
  end,
  tool = function(_, fields)
    local message = cjson.decode(fields.data)
    local open = K.turn .. message.turn .. K.open
    return running(message.turn) and redis.call('SISMEMBER', open, message.id) == 1
  end,
  respond = function(_, fields) return running(cjson.decode(fields.data).turn) end,
}

waits_for.think = function(_, fields)
  local turn = cjson.decode(fields.data).turn
  return running(turn) and redis.call('LLEN', K.turn .. turn) <= tonumber(fields.n)
end
waits_for.route = waits_for.think

-- regroup: a stage's group, made when it is missing. Redis forgot with the old one what was
-- pending; what is not finished is pending again.
--   topic, group, consumer, the newest entry it read; what it holds: entry, generation
--   answer: nothing when there is a group; else how many entries are pending again, and of how
--   many that were read nobody can tell
local function regroup(_, argv)
  local take = cursor(argv)
  local topic, group, consumer, through = take(), take(), take(), take()
  local held = {}
  for _ = 1, tonumber(take()) do held[take()] = take() end
  local stream, waits = K.topic .. topic, waits_for[topic]
  if redis.call('EXISTS', stream) == 0 then
    redis.call('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
    return { 0, 0 }
  end
  for _, is in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    if is[2] == group then return {} end
  end
  -- What can be judged is judged, read or not; anything else is read on from where we were.
  local newest = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  if waits and newest then through = newest[1] end
  redis.call('XGROUP', 'CREATE', stream, group, through)
  local regained, unsure, from = 0, 0, '-'
  repeat
    local rows = redis.call('XRANGE', stream, from, through, 'COUNT', PAGE)
    for _, row in ipairs(rows) do
      local id, fields, owner = row[1], {}, nil
      for i = 1, #row[2], 2 do fields[row[2][i]] = row[2][i + 1] end
      local known = trouble(topic, group, id)
      local troubled = redis.call('HEXISTS', troubles(topic, group), id) == 1
      if held[id] == tostring(known.g) then
        owner = consumer
      else
        local judged, waited = false, false
        if waits then judged, waited = pcall(waits, id, fields) end
        -- What cannot be read was perhaps never looked at: then it is, for the desk.
        if troubled or waited or (waits and not judged) then
          owner = known.why and K.buried or known.c >= SUSPECT_AFTER and K.suspects or K.released
          known.g = known.g + 1
          note(topic, group, id, known)
        elseif not waits then
          unsure = unsure + 1
        end
      end
      if owner then
        redis.call('XCLAIM', stream, group, owner, 0, id, 'FORCE', 'JUSTID')
        regained = regained + 1
      end
      from = '(' .. id
    end
  until #rows < PAGE
  return { regained, unsure }
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
    if approvals.awaited(turn) or children.awaited(turn) then return 'FINE' end
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

-- redrive: back from the desk onto its topic, with the ids it had; letters that belong to one
-- step of a turn go together, or not at all.
--   topic, turn or '', how long its record is, in whose count of what was accepted it is or '',
--   facts to add; letters: desk entry, data, signature, what it was before it was corrected or
--   '', call id or ''
--   answer: OK; GONE (not at the desk any more); RUNNING (its turn has not ended); CHANGED (the
--   record is longer than that: look again)
local function redrive(_, argv)
  local take = cursor(argv)
  local topic, turn, length, who, facts = take(), take(), tonumber(take()), take(), list(take)
  local letters, calls = {}, {}
  for i = 1, tonumber(take()) do
    local one = { id = take(), data = take(), sig = take(), was = take() }
    local called = take()
    if called ~= '' then calls[#calls + 1] = called end
    letters[i] = one
  end
  for _, one in ipairs(letters) do
    if #redis.call('XRANGE', K.topic .. 'dead', one.id, one.id) == 0 then return 'GONE' end
  end
  if turn ~= '' then
    if running(turn) then return 'RUNNING' end
    if redis.call('LLEN', K.turn .. turn) ~= length then return 'CHANGED' end
    length = append(turn, facts)
    redis.call('PERSIST', K.turn .. turn)
    redis.call('ZADD', K.turns, milliseconds(), turn)
    if #calls > 0 then open_calls(turn, calls) end
  end
  for _, one in ipairs(letters) do
    local fields = { 'data', one.data }
    local function with(name, value)
      if value ~= '' then
        fields[#fields + 1] = name
        fields[#fields + 1] = value
      end
    end
    with('sig', one.sig)
    with('was', one.was)
    with('n', turn ~= '' and length or '')
    redis.call('XDEL', K.topic .. 'dead', one.id)
    local id = redis.call('XADD', K.topic .. topic, '*', unpack(fields))
    if who ~= '' then redis.call('ZADD', waiting_for(topic, who), id:match('^%d+'), id) end
  end
  return 'OK'
end

local function grouped(apply)
  return function(_, argv) return commit(argv, apply) end
end

-- Only accept takes new work in, so only accept stops when memory is short: everything that
-- frees memory, or ends an effect, must still run then, and a command to stop above all.
local function register(name, callback)
  redis.register_function({ function_name = name, callback = callback, flags = { 'allow-oom' } })
end

redis.register_function('accept', accept)
redis.register_function('tell', tell)
register('command', command)
register('admit', grouped(admit_one))
register('hop', grouped(hop_one))
register('settle', grouped(settle_one))
register('finish', grouped(finish_one))
register('effect_start', effect_start)
register('halt', grouped(halt_one))
register('bury', grouped(bury_one))
register('unfiled', unfiled)
register('file', file)
register('fail', grouped(fail_one))
register('lead', lead)
register('resign', resign)
register('beat', beat)
register('reclaim', reclaim)
register('release', release)
register('regroup', regroup)
register('trim', trim)
register('retire', retire)
register('redrive', redrive)
register('mend', mend)
register('wake', wake)
