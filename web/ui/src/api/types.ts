/** The payloads of the web door. */
export type Tier = "GREEN" | "YELLOW" | "ORANGE" | "RED" | "BLACK";
export type Outcome = "answered" | "failed" | "stopped" | "limited" | "refused";

export interface Me {
  id: string;
  name: string;
  role: "owner" | "member";
  totp: boolean;
  csrf: string;
  expires_at: number;
}

export interface Accepted {
  id: string;
  turn: string;
  session: string;
  at: number;
  fresh: boolean;
}

export interface Attachment {
  id: string;
  name: string;
  type: string;
  size: number;
}

export interface CallView {
  call_id: string;
  tool: string;
  tier: Tier | null;
  arguments: Record<string, unknown>;
  state: "running" | "done" | "failed" | "unknown";
  content: string | null;
  elapsed_ms: number | null;
}

export interface StepView {
  step: number;
  model: string;
  thinking: string;
  text: string;
  calls: CallView[];
}

export interface Usage {
  input: number;
  output: number;
  cached: number;
  cost_usd: number | null;
}

export interface AnswerView {
  text: string;
  outcome: Outcome;
  at: number;
}

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
  usage: Usage;
  notices: string[];
}

export interface SessionView {
  id: string;
  title: string;
  at: number;
  last_at: number;
  channel: string;
  state: "idle" | "working" | "queued";
  turns: number;
}

export interface Hit {
  session: string;
  title: string;
  turn: string;
  at: number;
  snippet: string;
}

export interface ModelState {
  provider: string;
  model: string;
  state: "ready" | "cooling" | "no key";
  until: number | null;
}

export interface Models {
  default: string;
  tiers: { tier: string; models: ModelState[] }[];
}

export interface Login {
  id: string;
  device: string;
  address: string;
  at: number;
  last_at: number;
  current: boolean;
}

export interface ApiKey {
  id: string;
  name: string;
  scopes: string[];
  at: number;
  last_at: number | null;
  expires_at: number | null;
}
