/** The server's settings as they are now, and changing them. */
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { changeSettings, modelsShown, panelSettings } from "../../api/panel";
import type { SettingShown } from "../../generated";
import { useFrame } from "../../shell/frame";
import { proven } from "./proof";
import { useAct } from "../../api/useAct";

const SETTINGS = ["panel", "settings"];
const MODELS = ["panel", "models"];
const LOOK = 10_000;

/** Where answers come from; looked at again while it is seen, for models rest and money goes. */
export function useModels() {
  const { seen } = useFrame();
  return useQuery({
    queryKey: MODELS,
    queryFn: modelsShown,
    enabled: seen,
    refetchInterval: seen ? LOOK : false,
  });
}

export type Settings = Record<string, SettingShown>;

/** The settings by their names; undefined until they are there. */
export function usePanel(): { settings: Settings | undefined; failed: boolean; again: () => void } {
  const { seen } = useFrame();
  // A terminal, or another window, may change them too.
  const { data, isError, refetch } = useQuery({
    queryKey: SETTINGS,
    queryFn: panelSettings,
    enabled: seen,
    refetchInterval: seen ? LOOK : false,
  });
  const settings = data && Object.fromEntries(data.settings.map((each) => [each.name, each]));
  return { settings, failed: isError && !data, again: () => void refetch() };
}

/** Something that changes the server: proven, and then looked at again. */
export function useChange() {
  const client = useQueryClient();
  const { act, ...rest } = useAct();
  const change = async (work: () => Promise<unknown>) => {
    const done = await act(() => proven(work));
    await client.invalidateQueries({ queryKey: ["panel"] });
    return done;
  };
  return {
    ...rest,
    change,
    save: (changes: Record<string, unknown>) => change(() => changeSettings(changes)),
  };
}
