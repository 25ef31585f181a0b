/** The chat's side of the web door. */
import { ask } from "./http";
import type { Accepted, Attachment, Hit, Models, SessionView, Turn } from "./types";

export interface Message {
  text: string;
  session: string | null;
  tier: string | null;
  attachments: Attachment[];
}

/** Hand in a message; the same `key` is the same message, however often it is sent. */
export function send(message: Message, key: string): Promise<Accepted> {
  const { text, session, tier, attachments } = message;
  return ask("/api/chat", {
    method: "POST",
    headers: { "Idempotency-Key": key },
    body: {
      text,
      ...(session ? { session } : {}),
      ...(tier ? { tier } : {}),
      ...(attachments.length ? { attachments: attachments.map((each) => each.id) } : {}),
    },
  });
}

const at = (session: string) => `/api/sessions/${encodeURIComponent(session)}`;

export const streamOf = (session: string) => `/api/chat/${encodeURIComponent(session)}/stream`;

export const stop = (session: string) =>
  ask<unknown>(`/api/chat/${encodeURIComponent(session)}/stop`, { method: "POST" });

export const sessions = (before: string | null) =>
  ask<{ sessions: SessionView[]; next: string | null }>(
    `/api/sessions?limit=50${before ? `&before=${encodeURIComponent(before)}` : ""}`,
  );

export const rename = (session: string, title: string) =>
  ask<SessionView>(at(session), { method: "PATCH", body: { title } });

export const remove = (session: string) => ask<void>(at(session), { method: "DELETE" });

export const turns = (session: string, before: string) =>
  ask<{ turns: Turn[]; next: string | null }>(
    `${at(session)}/turns?limit=20&before=${encodeURIComponent(before)}`,
  );

export const search = (words: string, signal: AbortSignal) =>
  ask<{ hits: Hit[] }>(`/api/search?q=${encodeURIComponent(words)}`, { signal });

export const models = () => ask<Models>("/api/models");

export const attachmentUrl = (id: string) => `/api/attachments/${encodeURIComponent(id)}`;

export function attach(file: File): Promise<Attachment> {
  const form = new FormData();
  form.append("file", file, file.name || "pasted.png");
  return ask("/api/attachments", { method: "POST", form });
}
