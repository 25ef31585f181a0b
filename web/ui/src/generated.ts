/** Made from schemas/ by `make types`; a test fails when it is stale. */

/** A tool call begins. */
export interface Called {
  at: number;
  turn: string;
  type: "tool_call";
  call_id: string;
  tool: string;
  arguments: Record<string, unknown>;
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

export type LiveEvent = Queued | Stepped | Token | Called | ObservedLive | Finished;

/** A tool call ended. */
export interface ObservedLive {
  at: number;
  turn: string;
  type: "observation";
  call_id: string;
  tool: string;
  ok: boolean;
  content: string;
  elapsed_ms: number;
}

/** The message waits behind `behind` others of its session. */
export interface Queued {
  at: number;
  turn: string;
  type: "queued";
  behind: number;
}

/** A model step begins; a second time for the same step: forget its text, it starts anew. */
export interface Stepped {
  at: number;
  turn: string;
  type: "step";
  step: number;
  model: string;
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
