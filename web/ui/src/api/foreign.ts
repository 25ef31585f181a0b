/** Foreign MCP servers: what each offers, and what the owner makes of it. */
import type { ClassifyForm, ForeignView } from "../generated";
import { ask } from "./http";

const PATH = "/api/mcp";
const of = (server: string) => `${PATH}/${encodeURIComponent(server)}`;

export const foreign = () => ask<ForeignView>(PATH);

/** Say how dangerous a tool is, as it was shown. */
export const classify = (server: string, form: ClassifyForm) =>
  ask<ForeignView>(`${of(server)}/tier`, { method: "PUT", body: form });

export const removeForeign = (server: string) => ask<void>(of(server), { method: "DELETE" });
