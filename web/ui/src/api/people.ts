/** The account's side of the web door. */
import { ask } from "./http";
import type { ApiKey, Login, Me } from "./types";

export const setUp = (code: string, name: string, password: string) =>
  ask<Me>("/api/setup", { method: "POST", body: { code, name, password } });

export const login = (name: string, password: string, totp: string | null) =>
  ask<Me>("/api/auth/login", {
    method: "POST",
    body: { name, password, ...(totp ? { totp } : {}) },
  });

export const logout = () => ask<void>("/api/auth/logout", { method: "POST" });

export const changePassword = (old: string, fresh: string) =>
  ask<void>("/api/auth/password", { method: "POST", body: { old, new: fresh } });

export const beginTotp = (password: string) =>
  ask<{ secret: string; uri: string; svg: string }>("/api/auth/totp", {
    method: "POST",
    body: { password },
  });

export const confirmTotp = (code: string) =>
  ask<{ recovery: string[] }>("/api/auth/totp/confirm", { method: "POST", body: { code } });

export const endTotp = (password: string, code: string) =>
  ask<void>("/api/auth/totp", { method: "DELETE", body: { password, code } });

export const logins = () => ask<{ logins: Login[] }>("/api/auth/logins");

export const endLogin = (id: string) =>
  ask<void>(`/api/auth/logins/${encodeURIComponent(id)}`, { method: "DELETE" });

export const keys = () => ask<{ keys: ApiKey[] }>("/api/keys");

export const makeKey = (name: string, scopes: string[], days: number | null) =>
  ask<{ id: string; name: string; scopes: string[]; key: string }>("/api/keys", {
    method: "POST",
    body: { name, scopes, ...(days ? { expires_days: days } : {}) },
  });

export const endKey = (id: string) =>
  ask<void>(`/api/keys/${encodeURIComponent(id)}`, { method: "DELETE" });
