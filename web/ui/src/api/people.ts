/** The account's side of the web door. */
import { ask } from "./http";
import type {
  FreshPassword,
  Invitation,
  KeyForm,
  KeyMade,
  KeysShown,
  LoginForm,
  LoginsShown,
  Me,
  PasswordForm,
  PeopleShown,
  PersonShown,
  RecoveryCodes,
  SetupForm,
  TotpEnd,
  TotpForm,
  TotpOffer,
  TotpProof,
} from "../generated";

export const setUp = (code: string, name: string, password: string) =>
  ask<Me>("/api/setup", { method: "POST", body: { code, name, password } satisfies SetupForm });

export const login = (name: string, password: string, totp: string | null) =>
  ask<Me>("/api/auth/login", {
    method: "POST",
    body: { name, password, totp } satisfies LoginForm,
  });

export const logout = () => ask<void>("/api/auth/logout", { method: "POST" });

export const changePassword = (old: string, fresh: string) =>
  ask<void>("/api/auth/password", {
    method: "POST",
    body: { old, new: fresh } satisfies PasswordForm,
  });

export const beginTotp = (password: string) =>
  ask<TotpOffer>("/api/auth/totp", { method: "POST", body: { password } satisfies TotpForm });

export const confirmTotp = (code: string) =>
  ask<RecoveryCodes>("/api/auth/totp/confirm", {
    method: "POST",
    body: { code } satisfies TotpProof,
  });

export const endTotp = (password: string, code: string) =>
  ask<void>("/api/auth/totp", { method: "DELETE", body: { password, code } satisfies TotpEnd });

export const logins = () => ask<LoginsShown>("/api/auth/logins");

export const endLogin = (id: string) =>
  ask<void>(`/api/auth/logins/${encodeURIComponent(id)}`, { method: "DELETE" });

export const keys = () => ask<KeysShown>("/api/keys");

export const makeKey = (form: KeyForm) => ask<KeyMade>("/api/keys", { method: "POST", body: form });

export const endKey = (id: string) =>
  ask<void>(`/api/keys/${encodeURIComponent(id)}`, { method: "DELETE" });

export const people = () => ask<PeopleShown>("/api/people");

export const invite = (name: string, password: string) =>
  ask<PersonShown>("/api/people", {
    method: "POST",
    body: { name, password } satisfies Invitation,
  });

const person = (id: string) => `/api/people/${encodeURIComponent(id)}`;

export const givePassword = (id: string, password: string) =>
  ask<void>(`${person(id)}/password`, {
    method: "POST",
    body: { password } satisfies FreshPassword,
  });

export const removePerson = (id: string) => ask<void>(person(id), { method: "DELETE" });
