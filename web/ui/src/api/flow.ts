/** How the pipeline is, and the way of one message through it. */
import type {
  AskingsView,
  DeskAnswer,
  DeskForm,
  FlowView,
  LettersView,
  ReplayView,
  SpentView,
  TraceView,
} from "../generated";
import { ask } from "./http";

export const flow = () => ask<FlowView>("/api/flow");
export const spent = () => ask<SpentView>("/api/flow/spent");
export const letters = () => ask<LettersView>("/api/flow/letters");
export const messages = () => ask<AskingsView>("/api/flow/messages");
export const trace = (turn: string) =>
  ask<TraceView>(`/api/flow/messages/${encodeURIComponent(turn)}`);
export const order = (body: DeskForm) =>
  ask<DeskAnswer>("/api/flow/letters", { method: "POST", body });
export const replay = (turn: string) =>
  ask<ReplayView>(`/api/flow/messages/${encodeURIComponent(turn)}/replay`, { method: "POST" });
