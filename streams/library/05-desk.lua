-- What nobody could handle: counted, given up, filed on the desk, and sent again from there.

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
  -- The record and the ledger of its turn live as long as a letter does.
  local function keep(turn, entry)
    local others = redis.call('HGET', K.letters, turn)
    redis.call('HSET', K.letters, turn, others and others .. ' ' .. entry or entry)
    redis.call('PERSIST', K.turn .. turn)
    redis.call('PERSIST', ledger(turn))
  end
  for _ = 1, tonumber(take()) do
    local topic, group, id, turn, letter = take(), take(), take(), take(), take()
    local stream = K.topic .. topic
    local rows = pending(stream, group, id, id, 1)
    if #rows == 1 and rows[1][2] == K.buried then
      local length = append(turn, {})
      local entry = redis.call('XADD', K.topic .. 'dead', '*', 'data', letter, 'n', length)
      if turn ~= '' then keep(turn, entry) end
      redis.call('XACK', stream, group, id)
      redis.call('HDEL', troubles(topic, group), id)
      filed = filed + 1
    end
  end
  return filed
end

-- outlive: what was kept for letters that are at the desk no more has an end again, however they
-- left it.
--   where the call before came to, or 0; how many turns to look at, roughly
--   answer: where this one came to; 0 at the end
local function outlive(_, argv)
  local found = redis.call('HSCAN', K.letters, argv[1], 'COUNT', argv[2])
  local rows = found[2]
  for i = 1, #rows, 2 do
    local turn, left = rows[i], {}
    for entry in rows[i + 1]:gmatch('%S+') do
      local there = redis.call('XRANGE', K.topic .. 'dead', entry, entry)
      if #there == 1 then left[#left + 1] = entry end
    end
    if #left > 0 then
      redis.call('HSET', K.letters, turn, table.concat(left, ' '))
    else
      redis.call('HDEL', K.letters, turn)
      if not running(turn) then let_end(turn, TURN_LIFE) end
    end
  end
  return tonumber(found[1])
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

-- redrive: back from the desk onto its topic, with the ids it had; letters that belong to one
-- step of a turn go together, or not at all.
--   topic, turn or '', its session or '', how long its record is, in whose count of what was
--   accepted it is or '', facts to add; letters: desk entry, data, signature, what it was before
--   it was corrected or '', call id or ''
--   answer: OK; GONE (not at the desk any more); RUNNING (its turn has not ended); CHANGED (the
--   record is longer than that: look again)
local function redrive(_, argv)
  local take = cursor(argv)
  local topic, turn, session, length = take(), take(), take(), tonumber(take())
  local who, facts = take(), list(take)
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
    for _, behind in ipairs({ '', K.calls, K.children, K.parent }) do
      redis.call('PERSIST', K.turn .. turn .. behind)
    end
    redis.call('ZADD', K.turns, milliseconds(), turn)
    -- What is said meanwhile waits behind it, and a stop finds it; unless another runs there.
    if session ~= '' then redis.call('HSETNX', K.busy, session, turn) end
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

register('bury', grouped(bury_one))
register('unfiled', unfiled)
register('file', file)
register('outlive', outlive)
register('fail', grouped(fail_one))
register('redrive', redrive)
