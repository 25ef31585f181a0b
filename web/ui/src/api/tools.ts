/** Tools by name: the same way as every call takes, with the same tiers and questions. */
import type { CallOutcome, Execute, ToolsShown } from "../generated";
import { ask } from "./http";
import { uuid } from "./ids";

const PATH = "/api/tools";

export const tools = () => ask<ToolsShown>(PATH);

/** Call a tool, and wait a while for what it brings back. */
export const execute = (tool: string, given: Record<string, unknown>, wait = 20) =>
  ask<CallOutcome>(`${PATH}/execute`, {
    method: "POST",
    headers: { "Idempotency-Key": uuid() },
    body: { tool, arguments: given, wait } satisfies Execute,
  });

/** What became of a call that was not waited for. */
export const executed = (turn: string) =>
  ask<CallOutcome>(`${PATH}/execute/${encodeURIComponent(turn)}`);
