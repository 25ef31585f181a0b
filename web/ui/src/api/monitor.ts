/** How the machine is. */
import type {
  ContainersView,
  HistoryView,
  LogView,
  MachineView,
  ProcessesView,
  RedisesView,
  ServicesView,
} from "../generated";
import { ask } from "./http";

const PATH = "/api/monitor";

export const machine = () => ask<MachineView>(PATH);
export const history = () => ask<HistoryView>(`${PATH}/history`);
export const processes = () => ask<ProcessesView>(`${PATH}/processes`);
export const services = () => ask<ServicesView>(`${PATH}/services`);
export const containers = () => ask<ContainersView>(`${PATH}/containers`);

export const redis = () => ask<RedisesView>(`${PATH}/redis`);

export const serviceLog = (name: string) =>
  ask<LogView>(`${PATH}/services/${encodeURIComponent(name)}/log`);

export const containerLog = (name: string) =>
  ask<LogView>(`${PATH}/containers/${encodeURIComponent(name)}/log`);
