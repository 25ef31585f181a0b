-- Whose an entry is: who leads, who lives, and what becomes of what a dead process held.

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
--   whose: '' as above, 'suspects', of these 'company' for those that died in a crowd and 'loner'
--   for those that died again since, '+' for all that is pending but suspects, '*' for all.
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
      elseif whose == 'company' or whose == 'loner' then
        for _, row in ipairs(pending(stream, group, '-', '+', PAGE, K.suspects)) do
          if #due >= most then break end
          local again = trouble(topic, group, row[1]).c > SUSPECT_AFTER
          if again == (whose == 'loner') then due[#due + 1] = row[1] end
        end
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
  -- Others need not wait for their next round; a lost hint costs time, never truth.
  redis.pcall('PUBLISH', K.hints, 'free')
  return { freed, suspects }
end

register('lead', lead)
register('resign', resign)
register('beat', beat)
register('reclaim', reclaim)
register('release', release)
