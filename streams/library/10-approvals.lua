-- Approvals: a call that waits for a person's yes, and a yes that counts once.
--
-- While it waits, nobody holds anything: its entry is acknowledged, its turn runs, and what is
-- known of it is in one hash, which Redis may forget only once the waiting is over. What ends the
-- waiting, a decision, time, or the end of the turn, publishes the call again; the tool stage finds
-- on record what became of it.
--
-- This uses what the files before it declare, and fills the table that the first has for it.

local MAX_TRIES = 3
local AT_ONCE = 100
-- Who is asked all the time says yes to anything: so long is looked back, and so many refusals are
-- an answer to all that would follow.
local LOOKED_BACK = 600000

local FIELDS = {
  'state', 'epoch', 'deadline', 'tier', 'session', 'turn', 'call', 'people', 'places', 'tries',
  'again', 'card', 'last', 'said',
}

local function kept_of(asking)
  local values, kept = redis.call('HMGET', K.approval .. asking, unpack(FIELDS)), {}
  for i, name in ipairs(FIELDS) do kept[name] = values[i] or nil end
  return kept
end

-- Questions of somebody's turns within the last while: how many were put, how many refused.
local function lately(person, count)
  local found = {}
  for i, key in ipairs({ K.asked .. person, K.asked .. person .. ' refused' }) do
    redis.call('ZREMRANGEBYSCORE', key, '-inf', count - LOOKED_BACK)
    found[i] = redis.call('ZCARD', key)
  end
  return found[1], found[2]
end

local function remember(person, kind, asking, count)
  local key = K.asked .. person .. kind
  redis.call('ZADD', key, count, asking)
  redis.call('PEXPIRE', key, 2 * LOOKED_BACK)
end

local function each(lines) return (lines or ''):gmatch('[^\n]+') end

-- The waiting is over: on record, in the ledger, on the cards; and the call goes on, if its step
-- still waits for it.
local function conclude(asking, kept, state, by, channel, grant)
  local now, turn = milliseconds(), kept.turn
  redis.call('HSET', K.approval .. asking, 'state', state, 'by', by, 'channel', channel, 'at', now,
    'grant', grant or '')
  redis.call('EXPIRE', K.approval .. asking, TURN_LIFE)
  redis.call('ZREM', K.approvals, asking)
  redis.call('SREM', K.session .. kept.session .. K.asks, asking)
  for place in each(kept.places) do
    local code = redis.call('HGET', K.card .. place .. ':' .. asking, 'code')
    if code and redis.call('HGET', K.codes, code) == asking then
      redis.call('HDEL', K.codes, code)
    end
    redis.call('DEL', K.card .. place .. ':' .. asking)
  end
  if state == 'denied' or state == 'expired' then
    remember(kept.people:match('^[^\n]*'), ' refused', asking, (tick()))
  end
  local known = entry_of(turn, kept.call)
  if known.a == asking then
    known.s = state
    enter(turn, kept.call, known)
  end
  local length = redis.call('LLEN', K.turn .. turn)
  local waits = redis.call('SISMEMBER', K.turn .. turn .. K.open, kept.call) == 1
  if running(turn) then
    length = append(turn, { cjson.encode({
      kind = 'decided', at = now, approval = asking, call_id = kept.call, state = state,
      by = by ~= '' and by or cjson.null, channel = channel ~= '' and channel or cjson.null,
      grant = grant or cjson.null,
    }) })
    redis.call('ZADD', K.turns, 'XX', now, turn)
    if waits then publish({ { topic = 'tool', data = kept.again } }, length) end
  end
  local card = cjson.decode(kept.card)
  card.id, card.state, card.at = asking .. ':' .. state, state, now
  card.token, card.code = nil, nil
  publish({ { topic = 'cards', data = cjson.encode(card) } }, length)
end

local function pends(known)
  return known.s == 'awaiting' and redis.call('HGET', K.approval .. known.a, 'state') == 'pending'
end

-- What a turn asks a person now.
local function asked_by(turn)
  local rows, found = redis.call('HGETALL', ledger(turn)), {}
  for i = 2, #rows, 2 do
    local known = cjson.decode(rows[i])
    if pends(known) then found[#found + 1] = known.a end
  end
  return found
end

-- A turn that ends, or is told to, asks nobody any more.
function approvals.void(turn)
  for _, asking in ipairs(asked_by(turn)) do conclude(asking, kept_of(asking), 'void', '', '') end
end

-- Whether a turn waits for a person: then nothing in flight is as it should be.
function approvals.awaited(turn) return #asked_by(turn) > 0 end

-- Whether a call may begin: nobody was to be asked, or this is the yes.
function approvals.allow(turn, called, known, asking)
  local grant = asking:match('^grant:(.+)$')
  if grant then return not known.a and grants.allow(known, grant) end
  if not known.a then return asking == '' end
  if known.a ~= asking then return false end
  local kept = kept_of(asking)
  return kept.state == 'approved' and kept.epoch == epoch() and kept.turn == turn
    and kept.call == called
end

-- ask: a call needs a person's yes. Its entry is done; the call waits on its own.
--   item: entry, generation, turn, session; facts and messages for when nobody can be asked,
--   because too many wait or came; the call's id, the approval's; its life in ms, how many may
--   wait in a session, how many may come in a while from one person's turns, and after how many
--   refusals none may; its tier; what is asked (a fact, which is kept with it too); the call as it
--   will go on; the card; who may decide; places: name, token, code
local function ask_one(call, take)
  local id, generation, turn, session = take(), take(), take(), take()
  local facts, sent = list(take), messages(take)
  local called, asking, life, most = take(), take(), tonumber(take()), tonumber(take())
  local often, refusals = tonumber(take()), tonumber(take())
  local tier, fact, again, card = take(), take(), take(), take()
  local people, places = list(take), {}
  for i = 1, tonumber(take()) do places[i] = { name = take(), token = take(), code = take() } end
  local fault = unfit(call, facts, sent)
    or unfit(call, { fact }, { { topic = 'tool', data = again }, { topic = 'cards', data = card } })
  if fault then return fault end
  if not owns(call, id, generation) then return 'FENCED' end
  local known = entry_of(turn, called)
  local over = not running(turn)
    or redis.call('SISMEMBER', K.turn .. turn .. K.open, called) == 0
  if over or known.a == asking or pends(known) then
    acknowledge(call, id)
    return over and 'LATE' or 'SAME'
  end
  local asks = K.session .. session .. K.asks
  local stopped = call.stopping and redis.call('HEXISTS', K.stopping, turn) == 1
  local count, now = tick()
  local put, refused = lately(people[1], count)
  if stopped or redis.call('SCARD', asks) >= most or put >= often or refused >= refusals then
    return join(call, id, turn, called, stopped and {} or facts, sent, {})
  end
  remember(people[1], '', asking, count)
  local key, names = K.approval .. asking, {}
  for i, place in ipairs(places) do
    names[i] = place.name
    local there = K.card .. place.name .. ':' .. asking
    redis.call('HSET', there, 'token', place.token, 'code', place.code)
    redis.call('HSETNX', K.codes, place.code, asking)
  end
  redis.call('HSET', key, 'state', 'pending', 'epoch', epoch(), 'deadline', count + life,
    'expires', now + life, 'tier', tier, 'session', session, 'turn', turn, 'call', called,
    'people', table.concat(people, '\n'), 'places', table.concat(names, '\n'), 'tries', 0,
    'again', again, 'card', card, 'data', fact)
  redis.call('ZADD', K.approvals, count + life, asking)
  redis.call('SADD', asks, asking)
  -- What began before it had to be asked anew has begun all the same.
  if known.s == 'started' then known.was = 'started' end
  known.s, known.a = 'awaiting', asking
  enter(turn, called, known)
  local length = append(turn, { fact })
  publish({ { topic = 'cards', data = card } }, length)
  redis.call('ZADD', K.turns, 'XX', call.now, turn)
  acknowledge(call, id)
  return 'ASKED ' .. length
end

-- Which request somebody means who names none: the code says it. A code that is none counts as
-- a bad try where only one request of the conversation can be meant.
local function meant(code, session)
  local named = code ~= '' and redis.call('HGET', K.codes, code)
  if named then return named end
  local waiting = redis.call('SMEMBERS', K.session .. session .. K.asks)
  if code ~= '' and #waiting == 1 then return waiting[1] end
  return nil, #waiting
end

local function fits(asking, kept, vote, strict)
  local here, elsewhere = false, false
  for place in each(kept.places) do
    local shown = redis.call('HMGET', K.card .. place .. ':' .. asking, 'token', 'code')
    local own = place == vote.place
    if own and vote.token ~= '' and shown[1] == vote.token then here = true end
    if vote.code ~= '' and shown[2] == vote.code then
      if own then here = true else elsewhere = true end
    end
  end
  if not strict then return here or elsewhere end
  -- Step-up: a second factor at the door, or a code that was shown in another place.
  return elsewhere or (here and vote.assured)
end

-- decide: somebody pressed. The order of the checks is the order of these lines.
--   topic, group, consumer, entry, generation; the decision's id; the approval's or ''; approved
--   or denied; the person, their channel, the conversation, the place of their card; '1' when a
--   second factor was shown; token or '', code or ''; '1' when a yes is to count again,
--   and the event that tells of it, with its signature
--   answer: the verdict, the approval, a number that goes with it; and who decided before
local function decide(_, argv)
  local take = cursor(argv)
  local call = { topic = take(), group = take(), consumer = take() }
  local id, generation, decision, asking = take(), take(), take(), take()
  local vote = { verdict = take(), person = take(), channel = take(), session = take() }
  vote.place, vote.assured, vote.token, vote.code = take(), take() == '1', take(), take()
  vote.always = take() == '1' and vote.verdict == 'approved'
  vote.told, vote.told_by = take(), take()
  call.stream = K.topic .. call.topic
  call.troubled = redis.call('EXISTS', troubles(call.topic, call.group)) == 1
  if not owns(call, id, generation) then return { 'FENCED', asking, 0, '' } end
  if asking == '' then
    local found, waiting = meant(vote.code, vote.session)
    if not found then return { 'NOTHING', '', waiting, '' } end
    asking = found
  end
  local kept = kept_of(asking)
  if not kept.state then return { 'NOTHING', asking, 0, '' } end
  -- The answer was lost with the process that asked: the same press, the same answer.
  if kept.last == decision then return { kept.said, asking, 0, '' } end
  if kept.epoch ~= epoch() then return { 'VOID', asking, 0, '' } end
  if kept.state ~= 'pending' then
    local by = redis.call('HGET', K.approval .. asking, 'by') or ''
    return { kept.state:upper(), asking, 0, by }
  end
  local function answer(said, number)
    redis.call('HSET', K.approval .. asking, 'last', decision, 'said', said)
    return { said, asking, number or 0, '' }
  end
  if tonumber(kept.deadline) <= tick() then
    conclude(asking, kept, 'expired', '', '')
    return answer('EXPIRED')
  end
  local allowed = false
  for person in each(kept.people) do allowed = allowed or person == vote.person end
  if not allowed then return answer('FORBIDDEN') end
  local grant, unfit_for
  if vote.always then grant, unfit_for = grants.named(asking, kept, vote) end
  if unfit_for then return answer(unfit_for) end
  local strict = (kept.tier == 'RED' and vote.verdict == 'approved') or vote.always
  if strict and vote.code == '' and not vote.assured then return answer('STEP_UP') end
  if not fits(asking, kept, vote, strict) then
    local tries = redis.call('HINCRBY', K.approval .. asking, 'tries', 1)
    if tries < MAX_TRIES then return answer('WRONG', MAX_TRIES - tries) end
    conclude(asking, kept, 'void', '', '')
    return answer('SPENT')
  end
  if grant then grants.make(grant, asking, kept, vote) end
  conclude(asking, kept, vote.verdict, vote.person, vote.channel, grant)
  return answer('DECIDED')
end

-- expire: whose time is over.
--   how long the caller's own clock ran since it called before, in ms
local function expire(_, argv)
  local count = tick(tonumber(argv[1]))
  local due = redis.call('ZRANGEBYSCORE', K.approvals, '-inf', count, 'LIMIT', 0, AT_ONCE)
  for _, asking in ipairs(due) do
    local kept = kept_of(asking)
    if kept.state == 'pending' then
      conclude(asking, kept, 'expired', '', '')
    else
      redis.call('ZREM', K.approvals, asking)
    end
  end
  grants.forget(count)
  return #due
end

register('ask', grouped(ask_one))
register('decide', decide)
register('expire', expire)
