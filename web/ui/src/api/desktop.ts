/** How the person has laid out their desktop, as the server keeps it. */
import type { Layout, LayoutKept } from "../generated";
import { ask } from "./http";

export const layout = () => ask<LayoutKept>("/api/desktop");

export const layOut = (body: Layout) => ask<LayoutKept>("/api/desktop", { method: "PUT", body });
