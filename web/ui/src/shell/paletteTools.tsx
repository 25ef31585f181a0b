/** The agent's tools in the search, each with its tier; chosen, one is begun in the chat. */
import { useQuery } from "@tanstack/react-query";
import { Wrench } from "lucide-react";
import { useMemo } from "react";

import { tools } from "../api/tools";
import { useDrafts } from "../apps/chat/drafts";
import { isTier, TierShape } from "../kit/tier";
import { toolName } from "../kit/words";
import { match, type Entry } from "./palette";
import { chatPath, go } from "./router";

const MOST = 5;
/** The draft of a conversation that does not exist yet. */
const NEW = "new";

/** The tools that fit, once something is looked for. */
export function useTools(words: string): Entry[] {
  const { data } = useQuery({
    queryKey: ["tools"],
    queryFn: tools,
    staleTime: 60_000,
    enabled: words !== "",
  });
  return useMemo(() => {
    const found = words ? (data?.tools ?? []) : [];
    return found
      .filter(({ name }) => match(toolName(name), words) !== null)
      .slice(0, MOST)
      .map(({ name, tier, description }) => ({
        id: `tool ${name}`,
        group: "Tools",
        icon: isTier(tier) ? <TierShape tier={tier} size={17} /> : <Wrench size={17} aria-hidden />,
        title: toolName(name),
        side: description.split(/(?<=\.)\s/, 1)[0] ?? "",
        act: () => begin(name),
      }));
  }, [data, words]);
}

/** Write its name where a message is written; what was begun there stands behind it. */
function begin(name: string): void {
  const { texts, write } = useDrafts.getState();
  write(NEW, `!${name} ${texts[NEW] ?? ""}`);
  go(chatPath(null));
}
