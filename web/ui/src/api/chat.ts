/** The chat's side of the web door. */
import { ask } from "./http";
import type {
  Ask,
  Attachment,
  Hits,
  Models,
  Receipt,
  Rename,
  Session,
  Sessions,
  Turn,
  Turns,
} from "../generated";

export interface Message {
  text: string;
  session: string | null;
  tier: string | null;
  attachments: Attachment[];
}

/** Hand in a message; the same `key` is the same message, however often it is sent. */
export function send(message: Message, key: string): Promise<Receipt> {
  const { text, session, tier, attachments } = message;
  return ask("/api/chat", {
    method: "POST",
    headers: { "Idempotency-Key": key },
    body: { text, session, tier, attachments: attachments.map((each) => each.id) } satisfies Ask,
  });
}

const at = (session: string) => `/api/sessions/${encodeURIComponent(session)}`;

export const streamOf = (session: string) => `/api/chat/${encodeURIComponent(session)}/stream`;

export const stop = (session: string) =>
  ask<unknown>(`/api/chat/${encodeURIComponent(session)}/stop`, { method: "POST" });

export const sessions = (before: string | null) =>
  ask<Sessions>(`/api/sessions?limit=50${before ? `&before=${encodeURIComponent(before)}` : ""}`);

export const rename = (session: string, title: string) =>
  ask<Session>(at(session), { method: "PATCH", body: { title } satisfies Rename });

export const remove = (session: string) => ask<void>(at(session), { method: "DELETE" });

export const turns = (session: string, before: string) =>
  ask<Turns>(`${at(session)}/turns?limit=20&before=${encodeURIComponent(before)}`);

/** One turn with all that its tools brought back; lists show only the beginning. */
export const turn = (session: string, id: string) =>
  ask<Turn>(`${at(session)}/turns/${encodeURIComponent(id)}`);

export const search = (words: string, signal: AbortSignal) =>
  ask<Hits>(`/api/search?q=${encodeURIComponent(words)}`, { signal });

export const models = () => ask<Models>("/api/models");

export const attachmentUrl = (id: string) => `/api/attachments/${encodeURIComponent(id)}`;

export function attach(file: File): Promise<Attachment> {
  const form = new FormData();
  form.append("file", file, file.name || "pasted.png");
  return ask("/api/attachments", { method: "POST", form });
}
