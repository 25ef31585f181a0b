import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";

import { toolName } from "../../kit/words";
import type { Conversation } from "./conversation";
import type { Feed } from "./feed";

/** Tells those who listen of the boundaries only: an answer is complete, a tool is done. */
export function Announcer({ talk }: { talk: Conversation }) {
  const feed = useStore(talk.store, (state) => state.feed);
  const before = useRef<Feed>(feed);
  const [words, setWords] = useState("");
  useEffect(() => {
    const news = before.current.known ? difference(before.current, feed) : "";
    before.current = feed;
    if (news) setWords(news);
  }, [feed]);
  return (
    <div className="unseen" role="status">
      {words}
    </div>
  );
}

function difference(before: Feed, after: Feed): string {
  let found = "";
  for (const id of after.order) {
    const [old, now] = [before.turns[id], after.turns[id]!];
    if (old === now) continue;
    if (now.state === "done" && old && old.state !== "done") {
      return now.answer?.outcome === "answered" ? "Answer complete" : `Ended: ${now.answer?.outcome}`;
    }
    if (now.state === "queued" && old?.state !== "queued") found = `Queued behind ${now.behind}`;
    const calls = now.steps.flatMap((step) => step.calls);
    const known = new Map(
      old?.steps.flatMap((step) => step.calls).map((call) => [call.call_id, call.state]),
    );
    for (const call of calls) {
      if (call.state !== "running" && known.get(call.call_id) === "running") {
        found = `${toolName(call.tool)}, ${call.state}`;
      }
    }
  }
  return found;
}
