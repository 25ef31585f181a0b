-- A consumer group that somebody destroyed, made again with what was not finished.

-- How long an entry that cannot be judged belongs to whoever has it in hand.
local LEFT_LIFE = 3600

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
  control = function(id, fields)
    local person = cjson.decode(fields.data).person
    return redis.call('ZSCORE', waiting_for('control', person), id) ~= false
  end,
  respond = function(_, fields) return running(cjson.decode(fields.data).turn) end,
}

waits_for.think = function(_, fields)
  local turn = cjson.decode(fields.data).turn
  return running(turn) and redis.call('LLEN', K.turn .. turn) <= tonumber(fields.n)
end
waits_for.route = waits_for.think

-- regroup: a stage's group, made when it is missing. Redis forgot with the old one what was
-- pending; what is not finished is pending again. Of what cannot be judged, only what a process has
-- in hand is known: the caller's at once, that of others when they come back with it.
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
  local left = troubles(topic, group) .. K.left
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
          redis.call('SADD', left, id)
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
  if unsure > 0 then redis.call('EXPIRE', left, LEFT_LIFE) end
  return { regained, unsure }
end

register('regroup', regroup)
