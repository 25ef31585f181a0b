/** One way to ask the server: cookies, the CSRF word, one error type, one silent renewal. */
import { parsed } from "./legible";
import { doubt, hear } from "./silence";

/** What the server said no with (RFC 9457), or that it said nothing. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Seconds to wait, when the server said how many. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
    this.name = "Problem";
  }

  /** Whether the same request may do later: nobody answered, or not for now. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export const SILENCE = "The server does not answer";

export interface Ask {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  form?: FormData;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

type Renew = () => Promise<boolean>;
let renew: Renew = () => Promise.resolve(false);

/** Hand in how an ended login is renewed; api/account.ts does. */
export function renewsBy(how: Renew): void {
  renew = how;
}

/** Ask once; a login that ended meanwhile is renewed, and the request made again. */
export async function ask<T>(path: string, how: Ask = {}): Promise<T> {
  const response = await fetched(path, how);
  return (response.status === 204 ? undefined : parsed(await response.text())) as T;
}

/** The same with the response itself, for streams. */
export async function fetched(path: string, how: Ask): Promise<Response> {
  let response = await once(path, how);
  if (response.status === 401 && !path.startsWith("/api/auth/") && (await renew())) {
    response = await once(path, how);
  }
  if (!response.ok) throw await problem(response);
  return response;
}

async function once(path: string, how: Ask): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", ...how.headers };
  if (how.body !== undefined) headers["Content-Type"] = "application/json";
  if (how.method && how.method !== "GET") headers["X-CSRF-Token"] = csrf();
  try {
    const response = await fetch(path, {
      method: how.method ?? "GET",
      headers,
      body: how.form ?? (how.body === undefined ? null : JSON.stringify(how.body)),
      signal: how.signal ?? null,
      cache: "no-store",
    });
    hear();
    return response;
  } catch (error) {
    if (how.signal?.aborted) throw error;
    doubt();
    throw new Problem(0, "silence", SILENCE);
  }
}

/** The word that a page of another origin cannot read; always the newest, another tab may renew it. */
export function csrf(): string {
  const found = /(?:^|; )(?:__Host-)?nexus-csrf=([^;]*)/.exec(document.cookie);
  return decodeURIComponent(found?.[1] ?? "");
}

async function problem(response: Response): Promise<Problem> {
  const said = saidIn(await response.text().catch(() => ""));
  const header = Number(response.headers.get("Retry-After"));
  const sentence = said.detail ?? said.title ?? `The server answered ${response.status}`;
  return new Problem(
    response.status,
    said.code ?? "unknown",
    sentence,
    said.retry_after ?? (header > 0 ? header : null),
  );
}

interface Said {
  code?: string;
  detail?: string;
  title?: string;
  retry_after?: number;
}

/** What a problem says of itself; nothing where something else than this server answered. */
function saidIn(body: string): Said {
  try {
    return parsed(body) as Said;
  } catch {
    return {};
  }
}
