/** How the pipeline is, and the way of one message through it. */
import type { AskingsView, FlowView, LettersView, TraceView } from "../generated";
import { ask } from "./http";

export const flow = () => ask<FlowView>("/api/flow");
export const letters = () => ask<LettersView>("/api/flow/letters");
export const messages = () => ask<AskingsView>("/api/flow/messages");
export const trace = (turn: string) =>
  ask<TraceView>(`/api/flow/messages/${encodeURIComponent(turn)}`);
