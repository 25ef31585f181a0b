import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";

import type { AnswerView } from "../../generated";
import { toolName } from "../../kit/words";
import type { Conversation } from "./conversation";
import type { Feed, Shown } from "./feed";
import { askedHere } from "./outbox";

type Outcome = AnswerView["outcome"];

/** Tells those who listen of the boundaries only: an answer is complete, a tool is done. */
export function Announcer({ talk }: { talk: Conversation }) {
  const feed = useStore(talk.store, (state) => state.feed);
  const before = useRef<Feed>(feed);
  const [words, setWords] = useState("");
  useEffect(() => {
    const news = before.current.known ? difference(before.current, feed) : firstNews(feed);
    before.current = feed;
    if (news) setWords(news);
  }, [feed]);
  return (
    <div className="unseen" role="status">
      {words}
    </div>
  );
}

/** The answer may be there before the first look. */
function firstNews(feed: Feed): string {
  const last = feed.turns[feed.order.at(-1) ?? ""];
  return last?.state === "done" && askedHere(last.id) ? ended(last) : "";
}

const ENDS: Record<Outcome, string> = {
  answered: "Answer complete",
  refused: "Not answered",
  failed: "The answer failed",
  stopped: "The answer was stopped",
  limited: "The answer was stopped at its limit",
};

function ended({ answer }: Shown): string {
  return ENDS[answer?.outcome ?? "failed"];
}

function difference(before: Feed, after: Feed): string {
  let found = "";
  for (const id of after.order) {
    const [old, now] = [before.turns[id], after.turns[id]!];
    if (old === now) continue;
    if (now.state === "done" && old && old.state !== "done") {
      return ended(now);
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
