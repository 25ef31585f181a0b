/** What is done on which events, and what events look like. */
import type { RulesView, TypesView } from "../generated";
import { ask } from "./http";

export const rules = () => ask<RulesView>("/api/events/rules");

export const types = () => ask<TypesView>("/api/events/types");
