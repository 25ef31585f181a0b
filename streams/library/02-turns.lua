-- What is known of a turn, and how it is written; and the group commit.

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

-- The server tells that something happened: only with its signature is that taken for its word.
local function announce(data, signature)
  redis.call('XADD', K.topic .. 'events', '*', 'data', data, 'sig', signature, 'n', 0)
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

local function running(turn)
  return turn == '' or redis.call('ZSCORE', K.turns, turn)
end

-- A ledger ends with its turn, never under it: Redis counts by the wall clock, and that may jump.
local function enter(turn, called, known)
  local new = redis.call('EXISTS', ledger(turn)) == 0
  redis.call('HSET', ledger(turn), called, cjson.encode(known))
  if new and not running(turn) then redis.call('EXPIRE', ledger(turn), TURN_LIFE) end
end

-- What is known of a turn that is over ends some time after it; but as long as a letter of it can
-- be sent again, it is known what was done.
local function let_end(turn, life)
  if redis.call('HEXISTS', K.letters, turn) == 1 then
    redis.call('PERSIST', K.turn .. turn)
    redis.call('PERSIST', ledger(turn))
  else
    redis.call('EXPIRE', K.turn .. turn, life)
    redis.call('EXPIRE', ledger(turn), life)
  end
end

-- The time by which a topic counts: its entries bear a later one than the clock's, once that was
-- moved back.
local function newest(topic, now)
  local found = redis.pcall('XINFO', 'STREAM', K.topic .. topic)
  for i = 1, found.err and 0 or #found, 2 do
    if found[i] == 'last-generated-id' then
      return math.max(now, tonumber(found[i + 1]:match('^%d+')))
    end
  end
  return now
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
  let_end(turn, once and ONCE_LIFE or TURN_LIFE)
  local turns = K.session .. session .. K.turns_of
  -- Who was sent on from the desk is remembered already, in its place.
  local known = redis.call('LPOS', turns, turn)
  if not known and redis.call('RPUSH', turns, turn) > KEPT_TURNS then
    local oldest = redis.call('LPOP', turns)
    -- Its record goes with the next trim, if the journal has it by then.
    local ended = string.format('%.0f', newest('outbox', call.now))
    redis.call('RPUSH', K.past, oldest .. ' ' .. ended)
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

local function grouped(apply)
  return function(_, argv) return commit(argv, apply) end
end

-- Only accept takes new work in, so only accept stops when memory is short: everything that
-- frees memory, or ends an effect, must still run then, and a command to stop above all.
local function register(name, callback)
  redis.register_function({ function_name = name, callback = callback, flags = { 'allow-oom' } })
end
