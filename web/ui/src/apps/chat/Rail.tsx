import { Plus, Search, X } from "lucide-react";
import { useState } from "react";

import type { Session } from "../../generated";
import { Button, IconButton } from "../../kit/button";
import { useNow, useSettled } from "../../kit/hooks";
import { Glyph, workWords } from "../../kit/state";
import { ageGroup, capital } from "../../kit/words";
import { chatPath, go, goes } from "../../shell/router";
import { Hits } from "./Hits";
import styles from "./rail.module.css";
import { SessionMenu } from "./SessionMenu";
import { useSessions } from "./useSessions";

interface Props {
  current: string | null;
  /** Somebody went to a conversation: the drawer of a small screen closes. */
  onGo: () => void;
  foot?: React.ReactNode;
}

/** The list of conversations, and the search in them. */
export function Rail({ current, onGo, foot }: Props) {
  const [words, setWords] = useState("");
  const wanted = useSettled(words.trim(), 200);
  return (
    <nav className={styles.rail} aria-label="Conversations">
      <div className={styles.head}>
        <label className={styles.search}>
          <Search size={15} strokeWidth={1.75} aria-hidden />
          <span className="unseen">Search conversations</span>
          <input
            type="search"
            placeholder="Search"
            value={words}
            onChange={(event) => setWords(event.target.value)}
            onKeyDown={(event) => (event.key === "Escape" ? setWords("") : undefined)}
          />
          {words ? (
            <button type="button" aria-label="End the search" onClick={() => setWords("")}>
              <X size={14} strokeWidth={1.75} aria-hidden />
            </button>
          ) : null}
        </label>
        <IconButton
          label="New conversation"
          onClick={() => {
            go(chatPath(null));
            onGo();
          }}
        >
          <Plus size={17} strokeWidth={1.75} aria-hidden />
        </IconButton>
      </div>
      {words.trim() ? (
        <Hits words={wanted} current={current} onGo={onGo} />
      ) : (
        <List current={current} onGo={onGo} />
      )}
      {foot ? <div className={styles.foot}>{foot}</div> : null}
    </nav>
  );
}

function List({ current, onGo }: { current: string | null; onGo: () => void }) {
  const { list, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useSessions();
  const now = useNow(true, 60_000);
  if (!isPending && !list.length) return <p className={styles.none}>No conversations yet</p>;
  return (
    <div className={styles.list}>
      {groups(list, now).map(([title, members]) => (
        <section key={title} aria-label={title}>
          <h2>{title}</h2>
          <ul>
            {members.map((each) => (
              <Row key={each.id} session={each} current={each.id === current} onGo={onGo} />
            ))}
          </ul>
        </section>
      ))}
      {hasNextPage ? (
        <Button
          look="quiet"
          busy={isFetchingNextPage ? "Loading" : false}
          onClick={() => void fetchNextPage()}
        >
          Older
        </Button>
      ) : null}
    </div>
  );
}

interface RowProps {
  session: Session;
  current: boolean;
  onGo: () => void;
}

function Row({ session, current, onGo }: RowProps) {
  const { id, title, state } = session;
  const says = state === "idle" ? "" : `, ${workWords(state)}`;
  return (
    <li className={styles.row} data-current={current || undefined}>
      <a
        href={chatPath(id)}
        aria-current={current ? "page" : undefined}
        aria-label={`${title}${says}`}
        onClick={(event) => {
          goes(event);
          onGo();
        }}
      >
        <span
          className={styles.glyph}
          title={state === "idle" ? undefined : capital(workWords(state))}
        >
          {state === "idle" ? null : <Glyph work={state} />}
        </span>
        <span className={styles.title}>{title}</span>
      </a>
      <SessionMenu session={session} current={current} className={styles.menu ?? ""} />
    </li>
  );
}

function groups(list: Session[], now: number): [string, Session[]][] {
  const found = new Map<string, Session[]>();
  for (const each of list) {
    const title = ageGroup(each.last_at, now);
    found.set(title, [...(found.get(title) ?? []), each]);
  }
  return [...found];
}
