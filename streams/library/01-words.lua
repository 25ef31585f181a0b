-- The server functions: each moves a message on in one atomic step.
--
-- The order inside every function is the same, because Redis does not roll back: read all
-- arguments, check everything, ask who owns the entry, write, acknowledge last. In a group
-- commit every item gets an answer of its own; one bad item never harms the others.
--
-- The files of this folder are one library, joined in the order of their names: what one declares,
-- the later ones use. K, the key names, and SUSPECT_AFTER are written above them by
-- streams/functions.py.

local MAX_HOP, MAX_FACT, MAX_REPORT = 16384, 262144, 65536
local KEPT_ORIGINAL, KEPT_SIGNATURE, KEPT_HISTORY = 262144, 256, 65536
local TOKEN_LIFE, ONCE_LIFE, TURN_LIFE, SESSION_LIFE = 3600, 21600, 604800, 2592000
local SPENT_LIFE, DAY = 172800, 86400000
local KEPT_TURNS = 20
local PAST_AT_ONCE = 1000
-- A rule's minute; after this silence what is skipped is news again; how long it is remembered.
local MINUTE, STORM_OVER, RULE_LIFE = 60000, 600000, 2592000
-- What a command may take where nothing else is taken in; its sender has no say in these.
local MAX_COMMAND, MAX_NAMES, COMMANDS_OF_ONE, MOST_COMMANDS = 4096, 1024, 16, 256

-- What 10-approvals.lua knows of calls that wait for a person, and 09-grants.lua of those that need
-- not.
local approvals, grants = {}, {}
-- What 11-children.lua knows of turns that work for others.
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

-- A group that was lost forgot what was pending. Where nobody could tell whether an entry was
-- finished, it still is whose who has it in hand.
local function left_to(call, id, generation)
  local left = troubles(call.topic, call.group) .. K.left
  if redis.call('SISMEMBER', left, id) == 0 then return false end
  if tostring(trouble(call.topic, call.group, id).g) ~= generation then return false end
  redis.call('SREM', left, id)
  redis.call('XCLAIM', call.stream, call.group, call.consumer, 0, id, 'FORCE', 'JUSTID')
  return true
end

-- Where the group is gone nobody can say whose an entry is: an error, and no answer.
local function owns(call, id, generation)
  local rows = redis.call('XPENDING', call.stream, call.group, id, id, 1)
  if #rows == 0 then return left_to(call, id, generation) end
  if rows[1][2] ~= call.consumer then return false end
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
  local newest = milliseconds()
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local is = {}
    for i = 1, #group, 2 do is[group[i]] = group[i + 1] end
    -- Entries bear a later time than the clock tells, once that was moved back.
    newest = math.max(newest, tonumber(is['last-delivered-id']:match('^%d+')))
    if is.name ~= K.journal then
      local oldest = is['last-delivered-id']
      if is.pending > 0 then oldest = redis.call('XPENDING', stream, is.name)[2] or oldest end
      redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. oldest:match('^%d+'))
    end
  end
  -- Whoever may count could count what there never was, for a time that never comes.
  redis.call('ZREMRANGEBYSCORE', key, '(' .. string.format('%.0f', newest), '+inf')
  return redis.call('ZCARD', key)
end

-- Checks before the first write ----------------------------------------------------------

local function unfit(call, facts, sent)
  for _, fact in ipairs(facts) do
    if #fact > MAX_FACT then return 'ERR a record entry is larger than ' .. MAX_FACT .. ' bytes' end
  end
  for _, message in ipairs(sent) do
    local large = message.topic == 'outbox' or message.topic == 'parcels'
    local limit = large and 4 * MAX_HOP or MAX_HOP
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
