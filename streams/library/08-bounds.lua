-- Nothing grows without end, and nothing waits for what will not come.

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

-- Forget the records of turns that no session remembers, and that the journal has with all that
-- came late. Of whom a letter lies at the desk, that keeps the record.
local function forget_past()
  if redis.call('EXISTS', K.past) == 0 then return end
  local through = journaled(K.topic .. 'outbox')
  if not through then
    redis.call('LTRIM', K.late, -PAST_AT_ONCE, -1)
    through = math.huge
  elseif redis.call('EXISTS', K.late) == 1 then
    return
  end
  for _ = 1, PAST_AT_ONCE do
    local first = redis.call('LINDEX', K.past, 0)
    if not first then return end
    local turn, at = first:match('^(.*) (%d+)$')
    if tonumber(at) > through then return end
    redis.call('LPOP', K.past)
    if not running(turn) and redis.call('HEXISTS', K.letters, turn) == 0 then
      redis.call('DEL', K.turn .. turn, ledger(turn))
    end
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
--   session, turn, the answer; what happened (an event), and its signature
local function mend(_, argv)
  local take = cursor(argv)
  local session, turn, answer = take(), take(), take()
  local happened, signature = take(), take()
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
  announce(happened, signature)
  return done
end

-- wake: messages wait in a mailbox, and no turn runs that would let them go on.
--   session; what happened (an event), and its signature
local function wake(_, argv)
  local take = cursor(argv)
  local session, happened, signature = take(), take(), take()
  if redis.call('HEXISTS', K.busy, session) == 1 then return 'FINE' end
  local waiting = redis.call('LPOP', K.session .. session .. K.mailbox)
  if not waiting then return 'FINE' end
  local after = cmsgpack.unpack(waiting)
  start({ now = milliseconds() }, session, after.turn, after.asked, after.data)
  announce(happened, signature)
  return 'WOKEN'
end

register('trim', trim)
register('retire', retire)
register('mend', mend)
register('wake', wake)
