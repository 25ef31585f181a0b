/** Made from schemas/ by `make types`; a test fails when it is stale. */

/** What this server is. */
export interface AboutShown {
  version: string;
  commit: string;
  licence: string;
  python: string;
  redis: string;
  state: string;
  state_bytes: number | null;
  guide: GuideLink[];
}

/** The answer as the person reads it. */
export interface AnswerView {
  text: string;
  outcome: "answered" | "failed" | "stopped" | "limited" | "refused";
  at: number;
}

/** A person is asked about a call, or was; a repeat with the same id replaces it. */
export interface Approval {
  at: number;
  turn: string;
  type: "approval";
  step: number;
  approval: ApprovalView;
}

/** A request as this door shows it. */
export interface ApprovalCard {
  id: string;
  call_id: string;
  turn: string;
  session: string;
  tool: string;
  tier: string;
  state: "pending" | "approved" | "denied" | "expired" | "void";
  command: string;
  targets: string[];
  affects: string;
  undo: string;
  reasons: string[];
  says: string;
  tainted: boolean;
  lasting: boolean;
  task: string;
  asked_at: number;
  expires_at: number;
  by: string | null;
  channel: string | null;
  decided_at: number | null;
  grant: string | null;
  token: string;
  code: string;
}

/** What a person sees of an approval; nothing in it was escaped. */
export interface ApprovalView {
  id: string;
  call_id: string;
  turn: string;
  session: string;
  tool: string;
  tier: string;
  state: "pending" | "approved" | "denied" | "expired" | "void";
  command: string;
  targets: string[];
  affects: string;
  undo: string;
  reasons: string[];
  says: string;
  tainted: boolean;
  lasting: boolean;
  task: string;
  asked_at: number;
  expires_at: number;
  by: string | null;
  channel: string | null;
  decided_at: number | null;
  grant: string | null;
}

/** What waits for somebody's decision, the oldest first. */
export interface ApprovalsShown {
  approvals: ApprovalCard[];
}

/** Say something in a conversation, or begin one. */
export interface Ask {
  text: string;
  session?: string | null;
  tier?: string | null;
  attachments?: string[];
}

/** A message was admitted: whoever else watches the conversation learns the question. */
export interface AskedLive {
  at: number;
  turn: string;
  type: "asked";
  text: string;
  attachments: Attachment[];
}

/** A message that came in. */
export interface Asking {
  turn: string;
  session: string;
  at: number;
  channel: string;
  text: string;
}

/** The last messages that came in, newest first. */
export interface AskingsView {
  messages: Asking[];
}

/** A file that came with a message; its bytes lie where its id says, not on a topic. */
export interface Attachment {
  id: string;
  name: string;
  type: string;
  size: number;
}

/** A call that did not run: a rule or a person did not allow it. */
export interface Blocked {
  blocked: true;
  reason: string;
  tier: string;
}

/** Where a window is, in pixels of the work area. */
export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** What became of a call: it ran, it was blocked, or it goes on. */
export type CallOutcome = Executed | Blocked | Going;

/** One tool call of a step. */
export interface CallView {
  call_id: string;
  tool: string;
  tier: string;
  arguments: Record<string, unknown>;
  state: "running" | "done" | "failed" | "unknown";
  content: string;
  elapsed_ms: number;
  approval: ApprovalView | null;
  task: TurnPlace | null;
}

/** A tool call begins. */
export interface Called {
  at: number;
  turn: string;
  type: "tool_call";
  step: number;
  call_id: string;
  tool: string;
  tier: string;
  arguments: Record<string, unknown>;
  task: TurnPlace | null;
}

/** Something that a messenger is given. */
export interface ChannelField {
  name: string;
  title: string;
  help: string;
  secret: boolean;
  needed: boolean;
  given: boolean;
  fixed: boolean;
  value: string;
  ends: string;
  options: string[];
}

/** Change a messenger; it takes effect within two seconds. */
export interface ChannelForm {
  enabled?: boolean | null;
  token?: string | null;
  fields?: Record<string, unknown>;
}

/** What a messenger's server says of us. */
export interface ChannelTested {
  ok: boolean;
  account: string;
  why: string;
  ms: number;
}

/** One messenger. */
export interface ChannelView {
  type: string;
  label: string;
  about: string;
  begin: string[];
  enabled: boolean;
  configured: boolean;
  fields: ChannelField[];
  state: "off" | "starting" | "running" | "failing";
  why: string;
  account: string;
}

/** All messengers there are. */
export interface ChannelsView {
  channels: ChannelView[];
}

/** Say how dangerous a tool is, as it was shown. */
export interface ClassifyForm {
  tool: string;
  tier: "YELLOW" | "ORANGE" | "RED" | "BLACK";
  pin: string;
}

/** One container. */
export interface ContainerView {
  id: string;
  name: string;
  image: string;
  state: string;
  status: string;
  ports: string[];
  at: number;
}

/** All containers, running or not, newest first. */
export interface ContainersView {
  containers: ContainerView[];
  missing: string;
}

/** What was asked and is over, the newest first. */
export interface DecidedShown {
  approvals: ApprovalView[];
  next: string | null;
}

/** What came of an order. */
export interface DeskAnswer {
  done: number;
  left: string[];
  error: string;
  code: string;
  status: number;
}

/** What is to be done at the dead-letter desk, with a fresh proof of who orders it. */
export interface DeskForm {
  act: "redrive" | "drop" | "edit";
  letters: string[];
  like?: boolean;
  data?: string | null;
  code?: string | null;
  password?: string | null;
}

/** The windows, from the back to the front. */
export interface DeskLaid {
  windows: WindowLaid[];
  last: Record<string, unknown>;
}

/** One mounted disk, in bytes. */
export interface DiskView {
  mount: string;
  device: string;
  filesystem: string;
  total: number;
  used: number;
  free: number;
}

/** A stage that may write a topic. */
export interface EdgeView {
  stage: string;
  topic: string;
  way: "returns" | "commits" | "buries";
  passed: number;
  per_minute: number;
}

/** Call one tool. */
export interface Execute {
  tool: string;
  arguments?: Record<string, unknown>;
  wait?: number;
}

/** A call that ran, and what it brought back; a failure is a result too. */
export interface Executed {
  turn: string;
  call_id: string;
  tool: string;
  tier: string | null;
  ok: boolean;
  state: "done" | "failed" | "unknown";
  code: string | null;
  content: string;
  data: unknown;
  undo: Undo | null;
  elapsed_ms: number;
}

/** A file of the owner's that does not fit; what was read before it goes on to count. */
export interface FaultView {
  file: string;
  says: string;
}

/** A copy of one delivered part of the answer; a repeat with the same id replaces it. */
export interface Finished {
  at: number;
  turn: string;
  type: "answer";
  id: string;
  part: number;
  parts: number;
  text: string;
  outcome: "answered" | "failed" | "stopped" | "limited" | "refused";
}

/** Something that a rule did. */
export interface FiringView {
  on: string;
  at: number;
  turn: string;
}

/** The whole pipeline, now. */
export interface FlowView {
  at: number;
  stages: StageView[];
  edges: EdgeView[];
  letters: number;
  tokens: number;
  cost: number;
  away: string;
}

/** One foreign server. */
export interface ForeignServerView {
  name: string;
  state: "starting" | "up" | "away";
  why: string;
  reached: Reached;
  tools: ForeignToolView[];
}

/** A tool of a foreign server, and what it may do; its words are anybody's. */
export interface ForeignToolView {
  name: string;
  description: string;
  takes: string[];
  tier: string;
  why: string;
  pin: string;
}

/** All foreign servers, by their names. */
export interface ForeignView {
  servers: ForeignServerView[];
}

/** A new password for somebody who forgot theirs. */
export interface FreshPassword {
  password: string;
}

/** A call that is under way, or waits for a person; ask for its turn later. */
export interface Going {
  turn: string;
  state: "working" | "awaiting";
  approval: string | null;
  tool: string | null;
  tier: string | null;
  command: string | null;
  expires_at: number | null;
}

/** A yes that counts again: for the very same call of the same person, for a while. */
export interface Grant {
  id: string;
  tool: string;
  tier: string;
  command: string;
  targets: string[];
  person: string;
  channel: string;
  by: string;
  made_at: number;
  expires_at: number;
  uses: number;
  used_at: number | null;
}

/** What runs without a question, the newest first. */
export interface GrantsShown {
  grants: Grant[];
}

/** A page of the guide. */
export interface GuideLink {
  name: string;
  title: string;
}

/** A page of the guide, to be read. */
export interface GuidePage {
  name: string;
  title: string;
  text: string;
}

/** The last 24 hours, a sample a minute, oldest first. */
export interface HistoryView {
  samples: Sample[];
}

/** One place where the words were found. */
export interface Hit {
  session: string;
  title: string;
  turn: string;
  at: number;
  snippet: string;
}

/** Where the words were found, newest first. */
export interface Hits {
  hits: Hit[];
}

/** One entry of a topic that belongs to a turn: it was put there at `at`. */
export interface HopView {
  topic: string;
  entry: string;
  at: number;
  until: number | null;
  waited_ms: number;
  asked_ms: number;
  worked_ms: number;
  what: string;
  data: string;
  more: boolean;
}

/** Where everybody is known. */
export interface IdentitiesView {
  identities: IdentityView[];
}

/** Where somebody is known. */
export interface IdentityView {
  channel: string;
  who: string;
  name: string;
  person: string;
  person_name: string;
  at: number;
}

/** Let somebody sign in who may ask, and see what is theirs. */
export interface Invitation {
  name: string;
  password: string;
}

/** Make a key for a program. */
export interface KeyForm {
  name: string;
  scopes: ("chat" | "read" | "events" | "tools" | "admin")[];
  expires_days?: number | null;
}

/** A provider's key, its server's address, or both; a key is never shown again. */
export interface KeyGiven {
  key?: string | null;
  base_url?: string | null;
  anyway?: boolean;
}

/** A new key; it is shown this one time. */
export interface KeyMade {
  id: string;
  name: string;
  scopes: ("chat" | "read" | "events" | "tools" | "admin")[];
  key: string;
}

/** A key as it can be shown again. */
export interface KeyShown {
  id: string;
  name: string;
  scopes: ("chat" | "read" | "events" | "tools" | "admin")[];
  hint: string;
  at: number;
  last_at: number | null;
  expires_at: number | null;
}

/** All keys of this person, the newest first. */
export interface KeysShown {
  keys: KeyShown[];
}

/** The last time that a rule did something, and how that ended. */
export interface LastView {
  at: number;
  on: string;
  event: string;
  turn: string;
  outcome: "answered" | "failed" | "stopped" | "limited" | "refused" | "running" | "waits" | "told" | "sent";
  says: string;
}

/** A change of the layout: what is left out stays as it is. */
export interface Layout {
  desk?: DeskLaid | null;
  theme?: "light" | "dark" | "system" | null;
  wallpaper?: "hills" | "plain" | null;
  setup?: "brain" | "channel" | "question" | "done" | null;
}

/** The layout as it is kept. */
export interface LayoutKept {
  version: number;
  at: number | null;
  desk: DeskLaid | null;
  theme: "light" | "dark" | "system" | null;
  wallpaper: "hills" | "plain" | null;
  setup: "brain" | "channel" | "question" | "done" | null;
}

/** A message that nobody could handle. */
export interface LetterView {
  entry: string;
  id: string;
  at: number;
  stage: string;
  source: string;
  code: string;
  error: string;
  text: string;
  tries: number;
  turn: string | null;
  session: string | null;
  original: string;
  size: number;
  stack: string;
}

/** The dead-letter desk, newest first. */
export interface LettersView {
  letters: LetterView[];
  total: number;
}

export type LiveEvent = AskedLive | Queued | Stepped | Token | Called | Approval | Printed | ObservedLive | Notice | Finished | SessionLive;

/** A model server on this machine; it is never used unasked. */
export interface LocalShown {
  address: string;
  models: string[];
}

/** The end of a log. */
export interface LogView {
  text: string;
  missing: string;
}

/** Sign in. */
export interface LoginForm {
  name: string;
  password: string;
  totp?: string | null;
}

/** One place where this person is signed in. */
export interface LoginShown {
  id: string;
  name: string;
  device: string;
  address: string;
  at: number;
  last_at: number;
  current: boolean;
}

/** All places where this person is signed in, the last used first. */
export interface LoginsShown {
  logins: LoginShown[];
}

/** How the machine is now, and was in the last minutes. */
export interface MachineView {
  hostname: string;
  system: string;
  kernel: string;
  architecture: string;
  cores: number;
  uptime_s: number;
  load: [number, number, number];
  memory_total: number;
  swap_total: number;
  swap_used: number;
  disks: DiskView[];
  sensors: SensorView[];
  samples: Sample[];
}

/** Who is signed in here. */
export interface Me {
  id: string;
  name: string;
  role: "owner" | "member";
  totp: boolean;
  csrf: string;
  expires_at: number;
}

/** What one model did today. */
export interface ModelSpent {
  model: string;
  provider: string;
  steps: number;
  tokens: number;
  cost: number;
  p95_ms: number;
}

/** One model of a tier. */
export interface ModelState {
  provider: string;
  model: string;
  state: "ready" | "cooling" | "no key";
  until: number | null;
  failures: number;
  failing: string;
}

/** Which models there are, by tier. */
export interface Models {
  default: string;
  tiers: TierState[];
  chosen: string | null;
}

/** Where answers come from. */
export interface ModelsShown {
  providers: ProviderShown[];
  tiers: TierState[];
  default: string;
  local: LocalShown | null;
  spent_day: number;
}

/** Something the person should know about the turn; a repeat with the same id replaces it. */
export interface Notice {
  at: number;
  turn: string;
  type: "notice";
  id: string;
  text: string;
}

/** One notice as it stands in the list. */
export interface NoticeView {
  id: string;
  source: string;
  level: "info" | "warning" | "problem";
  title: string;
  says: string;
  path: string;
  at: number;
  last_at: number;
  times: number;
  ended_at: number | null;
  seen_at: number | null;
  seen_by: string | null;
}

/** Something about the notices changed. */
export interface NoticesLive {
  unseen: number;
  fresh: NoticeView[];
}

/** A page of notices, what was told last first. */
export interface NoticesView {
  notices: NoticeView[];
  unseen: number;
  next: string | null;
}

/** A tool call ended. */
export interface ObservedLive {
  at: number;
  turn: string;
  type: "observation";
  step: number;
  call_id: string;
  tool: string;
  ok: boolean;
  state: "done" | "failed" | "unknown";
  content: string;
  elapsed_ms: number;
}

/** Let somebody be known who has a code. */
export interface PairForm {
  code: string;
  person?: string | null;
  channel?: string | null;
  who?: string | null;
}

/** Somebody who asks to be known; name and id are as a messenger's process tells them. */
export interface PairingView {
  code: string;
  channel: string;
  who: string;
  name: string;
  at: number;
  expires_at: number;
}

/** Who asks to be known at this moment, the newest first. */
export interface PairingsView {
  pairings: PairingView[];
}

/** Change the password; all other logins end. */
export interface PasswordForm {
  old: string;
  new: string;
}

/** Everybody who may sign in, the owner first. */
export interface PeopleShown {
  people: PersonShown[];
}

/** Somebody who may sign in. */
export interface PersonShown {
  id: string;
  name: string;
  role: "owner" | "member";
  totp: boolean;
  at: number;
  logins: number;
  keys: number;
  last_at: number | null;
}

/** Where a window is, or was when it was closed. */
export interface Place {
  box: Box;
  room: Room | null;
  mode: "free" | "max" | "left" | "right" | "top-left" | "top-right" | "bottom-left" | "bottom-right";
}

/** What a tool has written while it runs; a repeat for the same call replaces it. */
export interface Printed {
  at: number;
  turn: string;
  type: "tool_output";
  step: number;
  call_id: string;
  text: string;
  size: number;
}

/** One process; `cpu` in percent of one core, `memory` in resident bytes. */
export interface ProcessView {
  pid: number;
  name: string;
  user: string;
  cpu: number;
  memory: number;
}

/** The processes that use the most. */
export interface ProcessesView {
  processes: ProcessView[];
  total: number;
}

/** Show again that it is you: a code of the app where there is one, the password elsewhere. */
export interface ProofForm {
  proof: string;
}

/** One provider, with what may be shown of its key. */
export interface ProviderShown {
  id: "gemini" | "anthropic" | "openai";
  kept: boolean;
  ends: string;
  at: number | null;
  environment: boolean;
  base_url: string | null;
  models: string[];
  resting: number | null;
}

/** The message waits behind `behind` others of its session. */
export interface Queued {
  at: number;
  turn: string;
  type: "queued";
  behind: number;
  asking: boolean;
}

/** How a server is reached: by a command that is started here, or by an address. */
export interface Reached {
  command: string[];
  read: string[];
  write: string[];
  network: boolean;
  outside: boolean;
  url: string;
  secret: string;
}

/** The message is durable and will be answered. */
export interface Receipt {
  id: string;
  turn: string;
  session: string;
  at: number;
  fresh: boolean;
}

/** Codes that replace the app once each; shown this one time. */
export interface RecoveryCodes {
  recovery: string[];
}

/** One of the two Redis servers, by its own words; bytes and seconds. */
export interface RedisView {
  name: "durable" | "live";
  missing: string;
  version: string;
  role: string;
  uptime_s: number;
  used: number;
  peak: number;
  most: number;
  policy: string;
  evicted: number;
  keys: number;
  clients: number;
  per_s: number;
  aof: boolean;
  aof_ok: boolean;
  aof_size: number;
  saved_at: number | null;
  save_ok: boolean;
  loading: boolean;
}

/** Both Redis servers. */
export interface RedisesView {
  servers: RedisView[];
  notes: string[];
}

/** Give a conversation another title. */
export interface Rename {
  title: string;
}

/** A turn, run again with what was said and brought back then. */
export interface ReplayView {
  turn: string;
  identical: boolean;
  way: string;
  results: ReplayedStage[];
}

/** One stage, called again with what it saw. */
export interface ReplayedStage {
  stage: string;
  what: string;
  elapsed_ms: number | null;
  same: boolean;
  note: string;
  diff: string;
}

/** How large a work area is, in pixels. */
export interface Room {
  w: number;
  h: number;
}

/** A rule that counts at this moment. */
export interface RuleView {
  name: string;
  on: string;
  when: string;
  do: string;
  what: string;
  level: string;
  firings: FiringView[];
  fired: number;
  last: LastView | null;
  fault: string;
  skipped: SkippedView | null;
}

/** What is done on which events. */
export interface RulesView {
  rules: RuleView[];
  file: string;
  faults: FaultView[];
  written: boolean;
}

/** The machine over a short while, ending at `at`. */
export interface Sample {
  at: number;
  cpu: number;
  memory: number;
  received: number;
  sent: number;
  celsius: number | null;
}

/** These were seen. */
export interface Seen {
  ids: string[];
}

/** One temperature. */
export interface SensorView {
  name: string;
  celsius: number;
}

/** One service; the words are systemd's own. */
export interface ServiceView {
  name: string;
  description: string;
  active: string;
  sub: string;
  enabled: string;
  result: string;
}

/** All services, by name. */
export interface ServicesView {
  services: ServiceView[];
  missing: string;
}

/** One conversation in a list. */
export interface Session {
  id: string;
  title: string;
  at: number;
  last_at: number;
  channel: string;
  state: "idle" | "working" | "waiting" | "queued";
  turns: number;
}

/** Somebody spoke in a conversation, was answered or asked; it goes to the person whose it is, and a question to whoever may decide too. */
export interface SessionLive {
  at: number;
  turn: string;
  type: "session";
  session: string;
  state: "working" | "idle";
}

/** A page of conversations, the one that was spoken in last first. */
export interface Sessions {
  sessions: Session[];
  next: string | null;
}

/** One setting: what it is, and from where. */
export interface SettingShown {
  name: string;
  value: unknown;
  source: "environment" | "file" | "default";
  says: string;
}

/** Change settings: all of them, or none; nothing (null) brings the default back. */
export interface SettingsForm {
  changes: Record<string, unknown>;
}

/** The settings that can be changed here. */
export interface SettingsShown {
  settings: SettingShown[];
}

/** Become the owner, once, with the code that the terminal printed. */
export interface SetupForm {
  code: string;
  name: string;
  password: string;
}

/** Whether somebody must still become the owner. */
export interface SetupState {
  needed: boolean;
}

/** What a rule did not do, although it was meant. */
export interface SkippedView {
  times: number;
  at: number;
  why: string;
}

/** All that a newcomer must know of a conversation; the events behind `cursor` go on from it. */
export interface Snapshot {
  session: string;
  title: string;
  cursor: string;
  turns: Turn[];
}

/** What a turn took. */
export interface Spent {
  input: number;
  output: number;
  cached: number;
  cost_usd: number;
}

/** What somebody has spent today (UTC). */
export interface SpentShown {
  cost: number;
  tokens: number;
  calls: number;
}

/** What thinking took today, since midnight UTC, the dearest model first. */
export interface SpentView {
  since: number;
  models: ModelSpent[];
}

/** One stage at the end of its topic. */
export interface StageView {
  stage: string;
  topic: string;
  state: "working" | "idle" | "stopped" | "off";
  since: number | null;
  working: number;
  waiting: number;
  oldest_ms: number | null;
  per_minute: number;
  p95_ms: number | null;
  errors: number;
  course: (number | null)[];
}

/** One step of a model, with the calls it led to. */
export interface StepView {
  step: number;
  model: string;
  thinking: string;
  text: string;
  done: boolean;
  calls: CallView[];
}

/** A model step begins; a second time for the same step: forget its text, it starts anew. */
export interface Stepped {
  at: number;
  turn: string;
  type: "step";
  step: number;
  model: string;
}

/** A tier, with its models in the order in which they are asked. */
export interface TierState {
  tier: string;
  models: ModelState[];
}

/** A piece of text, as the model writes it. */
export interface Token {
  at: number;
  turn: string;
  type: "token";
  step: number;
  text: string;
  thinking: boolean;
}

/** One tool that the caller may use. */
export interface ToolShown {
  name: string;
  description: string;
  tier: string;
  effect: "none" | "idempotent" | "probe" | "plain";
  timeout: number;
  parameters: Record<string, unknown>;
  examples: string[];
}

/** The tools that the caller may use, in the order of the server's list. */
export interface ToolsShown {
  tools: ToolShown[];
}

/** Give the authenticator app up. */
export interface TotpEnd {
  password: string;
  code: string;
}

/** Begin with an authenticator app. */
export interface TotpForm {
  password: string;
}

/** What the authenticator app needs; nothing changes before a code of it confirms. */
export interface TotpOffer {
  secret: string;
  uri: string;
  svg: string;
}

/** A code of the authenticator app. */
export interface TotpProof {
  code: string;
}

/** The way of one message, from the first topic to the last. */
export interface TraceView {
  turn: string;
  hops: HopView[];
  parent: string | null;
  tasks: string[];
}

/** What came of one tiny question. */
export interface Trial {
  ok: boolean;
  ms: number;
  model: string;
  says: string;
  models: string[];
}

/** Ask a model one tiny question. */
export interface TrialForm {
  model?: string;
  key?: string | null;
  base_url?: string | null;
}

/** One question and all that came of it. */
export interface Turn {
  id: string;
  session: string;
  at: number;
  question: string;
  attachments: Attachment[];
  state: "queued" | "working" | "waiting" | "done";
  behind: number | null;
  steps: StepView[];
  answer: AnswerView | null;
  waited_ms: number;
  usage: Spent;
  notices: string[];
  parent: TurnPlace | null;
}

/** A turn, and its conversation. */
export interface TurnPlace {
  session: string;
  turn: string;
}

/** A page of turns, newest first. */
export interface Turns {
  turns: Turn[];
  next: string | null;
}

/** A type as it is listed. */
export interface TypeView {
  type: string;
  version: number;
  about: string;
  schema: Record<string, unknown>;
}

/** What events are described. */
export interface TypesView {
  types: TypeView[];
}

/** The way back of a call that changed something: a call too, with its own tier. */
export interface Undo {
  tool: string;
  arguments: Record<string, unknown>;
  says: string;
}

/** One window. */
export interface WindowLaid {
  box: Box;
  room: Room | null;
  mode: "free" | "max" | "left" | "right" | "top-left" | "top-right" | "bottom-left" | "bottom-right";
  app: string;
  path: string;
  hidden: boolean;
}
