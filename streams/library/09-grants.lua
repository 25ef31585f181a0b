-- Grants: a yes that counts again, for the very same call, until it is taken back or its time is
-- over. Its name is a hash of everything it is a yes to: what differs has another name.
--
-- This uses what the files before it declare; what asks a person, behind it, uses these.

local GRANT_LIFE = 30 * DAY
local MOST_GRANTS = 100
local STEPPED_UP = 'home:web'

-- Approvals and grants live by a time of their own: the server's clock, which runs on when that is
-- moved back, for the watch says how long its own, which nobody can move, ran since it called
-- before.
local function tick(elapsed)
  local now, kept = milliseconds(), redis.call('HMGET', K.clock, 'count', 'seen', 'watched')
  local count, seen = tonumber(kept[1]) or now, tonumber(kept[2]) or now
  local watched = tonumber(kept[3]) or count
  count = count + math.max(now - seen, 0)
  if elapsed then
    count = math.max(count, watched + elapsed)
    redis.call('HSET', K.clock, 'watched', count)
  end
  redis.call('HSET', K.clock, 'count', count, 'seen', now)
  return count, now
end

local function epoch() return redis.call('GET', K.epoch) or '0' end

-- What a lasting yes to a request is named; or why it can be none.
function grants.named(asking, kept, vote)
  local fine, asked = pcall(cjson.decode, redis.call('HGET', K.approval .. asking, 'data'))
  local grant = fine and asked.grant
  if kept.tier ~= 'ORANGE' or type(grant) ~= 'string' then return nil, 'ONCE' end
  -- It is told, by an event that its caller signed, or it is none.
  if vote.place ~= STEPPED_UP or (vote.told or '') == '' then return nil, 'ELSEWHERE' end
  local known = redis.call('ZSCORE', K.grants, grant)
  if not known and redis.call('ZCARD', K.grants) >= MOST_GRANTS then return nil, 'MANY' end
  return grant
end

-- Somebody who may decide said it, with a second factor.
function grants.make(grant, asking, kept, vote)
  local count, now = tick()
  local key, card = K.grant .. grant, cjson.decode(kept.card)
  local made = {
    state = 'standing', epoch = epoch(), deadline = count + GRANT_LIFE, made = now,
    expires = now + GRANT_LIFE, by = vote.person, person = kept.people:match('^[^\n]+'),
    people = kept.people, channel = card.channel, approval = asking, uses = 0,
    data = redis.call('HGET', K.approval .. asking, 'data'),
  }
  redis.call('DEL', key)
  for name, value in pairs(made) do redis.call('HSET', key, name, value) end
  redis.call('PEXPIRE', key, GRANT_LIFE)
  redis.call('ZADD', K.grants, made.deadline, grant)
  announce(vote.told, vote.told_by)
end

-- Whether a call may begin under a grant; known is what the ledger has of it. What began under one
-- goes on as it began: whether it was done is asked there, and not here.
function grants.allow(known, grant)
  if known.g == grant and known.n > 0 then return true end
  local kept = redis.call('HMGET', K.grant .. grant, 'state', 'epoch', 'deadline')
  if kept[1] ~= 'standing' or kept[2] ~= epoch() or tonumber(kept[3]) <= tick() then
    return false
  end
  known.g = grant
  redis.call('HINCRBY', K.grant .. grant, 'uses', 1)
  redis.call('HSET', K.grant .. grant, 'used', milliseconds())
  return true
end

-- Those whose time is over are listed no more.
function grants.forget(count)
  for _, grant in ipairs(redis.call('ZRANGEBYSCORE', K.grants, '-inf', count)) do
    redis.call('DEL', K.grant .. grant)
    redis.call('ZREM', K.grants, grant)
  end
end

-- revoke: a lasting yes is taken back, by whoever may decide such calls.
--   topic, group, consumer, entry, generation; the message's id; the grant; the person;
--   what happened (an event), and its signature
--   answer: REVOKED, FORBIDDEN, NOTHING or FENCED
local function revoke(_, argv)
  local take = cursor(argv)
  local call = { topic = take(), group = take(), consumer = take() }
  local id, generation, name, grant = take(), take(), take(), take()
  local person, told, signature = take(), take(), take()
  call.stream = K.topic .. call.topic
  call.troubled = redis.call('EXISTS', troubles(call.topic, call.group)) == 1
  if not owns(call, id, generation) then return 'FENCED' end
  local key, kept = K.grant .. grant, {}
  local rows = redis.call('HGETALL', key)
  for i = 1, #rows, 2 do kept[rows[i]] = rows[i + 1] end
  if kept.last == name then return 'REVOKED' end
  local stands = kept.state == 'standing' and kept.epoch == epoch()
  if not stands or (told or '') == '' then return 'NOTHING' end
  local allowed = false
  for one in kept.people:gmatch('[^\n]+') do allowed = allowed or one == person end
  if not allowed then return 'FORBIDDEN' end
  redis.call('HSET', key, 'state', 'revoked', 'last', name)
  redis.call('EXPIRE', key, TURN_LIFE)
  redis.call('ZREM', K.grants, grant)
  announce(told, signature)
  return 'REVOKED'
end

register('revoke', revoke)
