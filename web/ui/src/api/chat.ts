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
  /** Null for the server's own choice; what the conversation chose where it is not there. */
  tier?: string | null;
  attachments: Attachment[];
}

/** Hand in a message; the same `key` is the same message, however often it is sent. */
export function send(message: Message, key: string): Promise<Receipt> {
  const { attachments, text, session, tier } = message;
  const files = attachments.map(({ id }) => id);
  return ask("/api/chat", {
    method: "POST",
    headers: { "Idempotency-Key": key },
    body: {
      text,
      session,
      attachments: files,
      ...(tier === undefined ? {} : { tier }),
    } satisfies Ask,
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

/** The models; of a conversation also what was chosen in it by `/model`. */
export const models = (session: string | null) =>
  ask<Models>(`/api/models${session ? `?session=${encodeURIComponent(session)}` : ""}`);

export const attachmentUrl = (id: string) => `/api/attachments/${encodeURIComponent(id)}`;

export function attach(file: File): Promise<Attachment> {
  const form = new FormData();
  form.append("file", file, file.name || "pasted.png");
  return ask("/api/attachments", { method: "POST", form });
}
