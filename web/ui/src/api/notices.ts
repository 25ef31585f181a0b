/** What the server told beside the conversation. */
import type { NoticesView, Seen } from "../generated";
import { ask } from "./http";

export const notices = (before: string | null) =>
  ask<NoticesView>(`/api/notices${before ? `?before=${encodeURIComponent(before)}` : ""}`);

export const seen = (ids: string[]) =>
  ask<void>("/api/notices/seen", { method: "POST", body: { ids } satisfies Seen });
