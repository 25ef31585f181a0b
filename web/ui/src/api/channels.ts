/** The messengers, who asks to be known on them, and who is; for the owner. */
import type {
  ChannelForm,
  ChannelsView,
  ChannelTested,
  ChannelView,
  IdentitiesView,
  IdentityView,
  PairForm,
  PairingsView,
} from "../generated";
import { ask } from "./http";

const PATH = "/api/channels";
const of = (type: string) => `${PATH}/${encodeURIComponent(type)}`;

export const channels = () => ask<ChannelsView>(PATH);

/** Turn a messenger on or off, or tell it something else: all of it, or nothing. */
export const changeChannel = (type: string, form: Partial<ChannelForm>) =>
  ask<ChannelView>(of(type), { method: "PUT", body: form });

/** Ask its server who we are there. */
export const testChannel = (type: string) =>
  ask<ChannelTested>(`${of(type)}/test`, { method: "POST" });

const WAITING = "/api/people/pairings";
const KNOWN = "/api/people/identities";

export const pairings = () => ask<PairingsView>(WAITING);

/** Let somebody be known; with where and by which id they were shown, so that nobody else is. */
export const pair = (form: Partial<PairForm> & { code: string }) =>
  ask<IdentityView>("/api/people/pair", { method: "POST", body: form });

export const refusePairing = (code: string) =>
  ask<void>(`${WAITING}/${encodeURIComponent(code)}`, { method: "DELETE" });

export const identities = () => ask<IdentitiesView>(KNOWN);

export const unpair = (channel: string, who: string) =>
  ask<void>(`${KNOWN}/${encodeURIComponent(channel)}/${encodeURIComponent(who)}`, {
    method: "DELETE",
  });
