import { ArrowDown } from "lucide-react";
import { useEffect, useEffectEvent, useRef } from "react";
import { useStore } from "zustand";

import { Button } from "../../kit/button";
import { Skeleton } from "../../kit/page";
import { Bubble } from "./Bubble";
import type { Conversation } from "./conversation";
import { ahead, type Shown } from "./feed";
import { useOutbox } from "./outbox";
import { Unsent } from "./Unsent";
import styles from "./transcript.module.css";
import { TurnView } from "./TurnView";
import { useFollow } from "./useFollow";

interface Props {
  talk: Conversation;
  /** The turn that a search result points to. */
  target: string | null;
  onRetry: (turn: Shown) => void;
}

/** All that was said, oldest first. */
export function Transcript({ talk, target, onRetry }: Props) {
  const feed = useStore(talk.store, (state) => state.feed);
  const older = useStore(talk.store, (state) => state.older);
  const loading = useStore(talk.store, (state) => state.loading);
  const messages = useOutbox((state) => state.messages);
  const unsent = messages.filter(
    ({ session, turn }) => session === talk.id && !(turn && feed.turns[turn]),
  );
  const { scroller, inner, more, onScroll, toEnd } = useFollow(
    talk.id,
    `${feed.cursor} ${unsent.length}`,
    feed.order[0],
  );

  // Who sends, wants to see it.
  const count = useRef(unsent.length);
  useEffect(() => {
    if (unsent.length > count.current) toEnd();
    count.current = unsent.length;
  }, [unsent.length, toEnd]);

  // What the conversation shows is on its way no more.
  const drop = useOutbox((state) => state.drop);
  useEffect(() => {
    for (const { key, turn } of messages) if (turn && feed.turns[turn]) drop(key);
  }, [messages, feed.turns, drop]);

  useTarget(talk, target);

  return (
    <div className={styles.frame}>
      <div className={styles.scroller} ref={scroller} onScroll={onScroll}>
        <div
          className={styles.column}
          ref={inner}
          role="log"
          aria-live="off"
          aria-label="Conversation"
          tabIndex={-1}
        >
          {older ? <Earlier busy={loading} onSeen={() => void talk.loadOlder()} /> : null}
          {feed.known ? null : <Skeleton />}
          {feed.order.map((id, at) => (
            <TurnView
              key={id}
              turn={feed.turns[id]!}
              ahead={feed.turns[id]!.state === "queued" ? ahead(feed, id) : 0}
              last={at === feed.order.length - 1}
              onRetry={onRetry}
              onWhole={talk.loadWhole}
            />
          ))}
          {unsent.map((message) =>
            message.state === "accepted" ? (
              <Bubble key={message.key} text={message.text} attachments={message.attachments} />
            ) : (
              <Unsent key={message.key} message={message} />
            ),
          )}
        </div>
      </div>
      {more ? (
        <Button className={styles.more} onClick={toEnd}>
          <ArrowDown size={16} strokeWidth={1.75} aria-hidden />
          New text
        </Button>
      ) : null}
    </div>
  );
}

/** Loads what was before, a screen before it is reached; also by hand. */
function Earlier({ busy, onSeen }: { busy: boolean; onSeen: () => void }) {
  const mark = useRef<HTMLDivElement>(null);
  const seen = useEffectEvent(onSeen);
  useEffect(() => {
    const watch = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting && !busy) seen();
      },
      { rootMargin: "600px 0px 0px" },
    );
    watch.observe(mark.current!);
    return () => watch.disconnect();
  }, [busy]);
  return (
    <div ref={mark} className={styles.earlier}>
      <Button look="quiet" busy={busy ? "Loading earlier messages" : false} onClick={onSeen}>
        Earlier messages
      </Button>
    </div>
  );
}

/** Go to a turn once; what is older than all that is there is loaded first. */
function useTarget(talk: Conversation, target: string | null): void {
  const there = useStore(talk.store, ({ feed }) => target !== null && target in feed.turns);
  const older = useStore(talk.store, (state) => state.older);
  useEffect(() => {
    if (!target) return;
    if (there) document.getElementById(`turn-${target}`)?.scrollIntoView({ block: "start" });
    else if (older) void talk.loadOlder();
  }, [talk, target, there, older]);
}
