/** The server's settings, its models and their keys; for the owner. */
import type {
  AboutShown,
  GuidePage,
  ModelsShown,
  ProofForm,
  SettingsForm,
  SettingsShown,
  SpentShown,
  ToolsShown,
  Trial,
} from "../generated";
import { ask } from "./http";

export type Provider = "gemini" | "anthropic" | "openai";

const PATH = "/api/panel";
const of = (provider: Provider) => `${PATH}/providers/${provider}`;

export const panelSettings = () => ask<SettingsShown>(`${PATH}/settings`);

/** Change several together: all, or none; null brings the default back. */
export const changeSettings = (changes: Record<string, unknown>) =>
  ask<SettingsShown>(`${PATH}/settings`, {
    method: "PATCH",
    body: { changes } satisfies SettingsForm,
  });

/** What this server is, and which pages ship with it. */
export const about = () => ask<AboutShown>(`${PATH}/about`);

export const guidePage = (page: string) =>
  ask<GuidePage>(`${PATH}/guide/${encodeURIComponent(page)}`);

export const modelsShown = () => ask<ModelsShown>(`${PATH}/models`);

/** What somebody has spent today. */
export const spentBy = (person: string) =>
  ask<SpentShown>(`${PATH}/spent/${encodeURIComponent(person)}`);

/** How a provider is reached: what is not given stays as it is. */
export interface Reach {
  key?: string;
  /** Of another server that speaks its protocol; empty for its own. */
  base_url?: string;
}

/** Keep it; it is tried first, and what gets no answer is refused unless it is wished `anyway`. */
export const keepReach = (provider: Provider, reach: Reach, anyway = false) =>
  ask<Trial>(`${of(provider)}/key`, {
    method: "POST",
    body: { ...reach, ...(anyway ? { anyway } : {}) },
  });

export const forgetKey = (provider: Provider) =>
  ask<void>(`${of(provider)}/key`, { method: "DELETE" });

/** Ask one tiny question, with what is kept or with what is not kept yet. */
export const tryModel = (provider: Provider, reach: Reach = {}) =>
  ask<Trial>(`${of(provider)}/test`, { method: "POST", body: reach });

export const tools = () => ask<ToolsShown>("/api/tools");

/** Show again that it is you: a code of the app, or the password where there is none. */
export const prove = (proof: string) =>
  ask<void>("/api/auth/proof", { method: "POST", body: { proof } satisfies ProofForm });
