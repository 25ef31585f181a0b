import { useQueryClient } from "@tanstack/react-query";
import { ChevronDown, PanelLeft } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { useStore } from "zustand";

import type { Attachment } from "../../generated";
import { useAccount } from "../../api/account";
import { IconButton } from "../../kit/button";
import { note } from "../../kit/notes";
import { preloadMarkdown } from "../../markdown/Markdown";
import type { AppProps } from "../../shell/apps";
import { settle } from "../../shell/desk";
import * as frame from "../../shell/frame";
import { later } from "../../shell/rest";
import { chatPath, partsOf } from "../../shell/router";
import { Announcer } from "./Announcer";
import { choosesModel, wishOf } from "./answering";
import styles from "./chat.module.css";
import { Composer } from "./Composer";
import { conversation, type Conversation } from "./conversation";
import { Foot } from "../../shell/Foot";
import { Missing } from "./Missing";
import { useOutbox } from "./outbox";
import { Rail } from "./Rail";
import { SessionMenu } from "./SessionMenu";
import { SilentLine, StatusLine } from "./StatusLine";
import { useTier } from "./tier";
import { Transcript } from "./Transcript";
import { Unsent } from "./Unsent";
import { useSessions, useSessionsAgain, useSessionsTold } from "./useSessions";
import { Welcome } from "./Welcome";

const NEW = "new";

// The next thing that is needed, in all likelihood.
later(preloadMarkdown);

/** The chat: conversations at the side, one of them in the middle. */
export default function Chat({ path }: AppProps) {
  const { parts, hash } = partsOf(path);
  const session = parts[0] ?? null;
  const turn = hash.startsWith("turn-") ? hash.slice(5) : null;
  const { phone } = frame.useFrame();
  const [drawer, setDrawer] = useState(false);
  useSessionsTold();
  const close = useCallback(() => setDrawer(false), []);
  return (
    <div className={styles.app}>
      <div className={styles.inside}>
        <aside className={styles.side} data-open={drawer || undefined}>
          <Rail current={session} onGo={close} foot={phone ? <Foot /> : null} />
        </aside>
        {drawer ? (
          <button
            type="button"
            className={styles.veil}
            aria-label="Close the list"
            onClick={close}
          />
        ) : null}
        <div className={styles.main} inert={drawer}>
          {session ? (
            <Open key="open" id={session} turn={turn} onDrawer={() => setDrawer(true)} />
          ) : (
            <Fresh key="new" onDrawer={() => setDrawer(true)} />
          )}
        </div>
      </div>
    </div>
  );
}

function useSend(session: string | null) {
  const post = useOutbox((state) => state.post);
  const chosen = useTier((state) => state.chosen[session ?? NEW]);
  const choose = useTier((state) => state.choose);
  const again = useSessionsAgain();
  return (text: string, attachments: Attachment[] = []) => {
    const here = choosesModel(text) ? undefined : chosen;
    if (here !== chosen) choose(session ?? NEW, null);
    post({ text, session, attachments, ...wishOf(here) }, (accepted) => {
      again();
      if (session === null) {
        choose(accepted.session, here ?? null);
        settle("chat", chatPath(null), chatPath(accepted.session));
      }
    });
  };
}

/** A conversation that does not exist yet. */
function Fresh({ onDrawer }: { onDrawer: () => void }) {
  const name = useAccount((state) => state.me?.name ?? "");
  const messages = useOutbox((state) => state.messages);
  const mine = messages.filter((each) => each.session === null);
  const send = useSend(null);
  return (
    <>
      <Head title="New conversation" onDrawer={onDrawer} />
      {mine.length ? (
        <div className={styles.first}>
          {mine.map((message) => (
            <Unsent key={message.key} message={message} />
          ))}
        </div>
      ) : (
        <Welcome name={name} onAsk={(text) => send(text)} />
      )}
      <SilentLine />
      <Composer
        place={NEW}
        session={null}
        working={false}
        lastText={null}
        onSend={send}
        onStop={() => undefined}
      />
    </>
  );
}

interface OpenProps {
  id: string;
  turn: string | null;
  onDrawer: () => void;
}

function Open({ id, turn, onDrawer }: OpenProps) {
  const talk = conversation(id);
  const send = useSend(id);
  useOpen(talk);
  const { list } = useSessions();
  const title = useStore(talk.store, ({ feed }) => feed.title);
  const listed = list.find((each) => each.id === id)?.title;
  const name = listed ?? (title || "Conversation");
  // Not the turn itself: with each word it is another, and all the conversation would be drawn anew.
  const last = useStore(
    talk.store,
    ({ feed }) => feed.turns[feed.order.at(-1) ?? ""]?.question ?? null,
  );
  const working = useStore(talk.store, ({ feed }) =>
    Object.values(feed.turns).some((each) => each.state !== "done"),
  );
  const gone = useStore(
    talk.store,
    ({ feed, line }) => !feed.known && line.state === "closed" && line.problem.status === 404,
  );
  useDocumentTitle(name);
  const stop = () => {
    talk.stop().catch((error: Error) => note(false, "It was not stopped", error.message));
  };
  if (gone) {
    return (
      <>
        <Head title="Conversation" onDrawer={onDrawer} />
        <Missing />
      </>
    );
  }
  return (
    <>
      <Head title={name} session={{ id, title: name }} onDrawer={onDrawer} />
      <Transcript
        talk={talk}
        target={turn}
        onRetry={(old) => send(old.question, old.attachments)}
      />
      <StatusLine talk={talk} />
      <Composer
        place={id}
        session={id}
        working={working}
        lastText={last}
        onSend={send}
        onStop={stop}
      />
      <Announcer key={id} talk={talk} />
    </>
  );
}

/** Follow the conversation while it is looked at, or while something in it runs. */
function useOpen(talk: Conversation): void {
  const again = useSessionsAgain();
  useEffect(() => {
    talk.open();
    // A browser has few lines to one server: a hidden page gives back the one it does not need.
    const look = () => {
      const { turns } = talk.store.getState().feed;
      const runs = Object.values(turns).some((each) => each.state !== "done");
      if (!document.hidden) talk.open();
      else if (!runs) talk.close();
    };
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      talk.close();
    };
  }, [talk]);
  const shape = useStore(talk.store, ({ feed }) =>
    feed.order.map((id) => feed.turns[id]!.state).join(),
  );
  const client = useQueryClient();
  useEffect(() => {
    again();
    const { order, turns } = talk.store.getState().feed;
    if (!choosesModel(turns[order.at(-1) ?? ""]?.question ?? "")) return;
    void client.invalidateQueries({ queryKey: ["models", talk.id] });
    // oxlint-disable-next-line exhaustive-deps -- the lists are stale when a turn begins or ends
  }, [shape]);
}

function useDocumentTitle(title: string): void {
  const { front } = frame.useFrame();
  useEffect(() => {
    if (!front) return undefined;
    const before = document.title;
    document.title = `${title} · LivOS`;
    return () => {
      document.title = before;
    };
  }, [title, front]);
}

interface HeadProps {
  title: string;
  session?: { id: string; title: string };
  onDrawer: () => void;
}

function Head({ title, session, onDrawer }: HeadProps) {
  return (
    <frame.Head>
      <IconButton label="Conversations" className={styles.drawerButton} onClick={onDrawer}>
        <PanelLeft size={18} strokeWidth={1.75} aria-hidden />
      </IconButton>
      {session ? (
        <SessionMenu
          session={session}
          current
          button={
            <button type="button" className={styles.title} aria-label={`${title}, more`}>
              <frame.Title>{title}</frame.Title>
              <ChevronDown size={15} strokeWidth={1.75} aria-hidden />
            </button>
          }
        />
      ) : (
        <frame.Title>{title}</frame.Title>
      )}
    </frame.Head>
  );
}
