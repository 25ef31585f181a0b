import { useQuery } from "@tanstack/react-query";
import { Bell, MessageCircle, Moon, Settings, Sparkles, X } from "lucide-react";
import { Dialog } from "radix-ui";
import { useId, useMemo, useRef, useState, type KeyboardEvent } from "react";

import { useAccount } from "../api/account";
import { search } from "../api/chat";
import { useOutbox } from "../apps/chat/outbox";
import { useSessions } from "../apps/chat/useSessions";
import { namesFor } from "../apps/settings/names";
import { useMedia, useSettled } from "../kit/hooks";
import { moment } from "../kit/words";
import { useTheme } from "../theme/theme";
import { pathOf } from "./apps";
import { askedOf, useAttention, type Attention } from "./attention";
import { AttentionSign } from "./AttentionSign";
import { settle, useApps } from "./desk";
import { closeOverlay } from "./overlay";
import { match, type Entry } from "./palette";
import styles from "./palette.module.css";
import { useTools } from "./paletteTools";
import { useBell } from "./notices/useNotices";
import { chatPath, go } from "./router";

const ICON = { size: 17, strokeWidth: 1.75, "aria-hidden": true } as const;
const MOST_CHATS = 6;

/** Everything by a few letters: what waits, chats, apps, tools, settings, and asking. */
export default function Palette() {
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const entries = useEntries(words);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const coarse = useMedia("(pointer: coarse)");
  const chosen = Math.min(at, entries.length - 1);

  function onKeyDown(event: KeyboardEvent): void {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && entries.length) {
      event.preventDefault();
      const next = (chosen + step + entries.length) % entries.length;
      setAt(next);
      list.current?.querySelector(`[data-at="${next}"]`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      const asks = event.ctrlKey || event.metaKey;
      run(asks ? entries.find((each) => each.id === "ask") : entries[chosen]);
    }
  }

  return (
    <Dialog.Root open onOpenChange={(open) => (open ? undefined : closeOverlay())}>
      <Dialog.Portal>
        <div className={styles.veil} />
        <Dialog.Content className={styles.palette} aria-describedby={undefined} data-modal>
          <Dialog.Title className="unseen">Search</Dialog.Title>
          <div className={styles.field}>
            <input
              role="combobox"
              aria-label="Search everything"
              aria-expanded="true"
              aria-controls={id}
              aria-activedescendant={entries.length ? `${id}-${chosen}` : undefined}
              aria-autocomplete="list"
              placeholder={
                coarse ? "Search, or ask" : "Search chats, apps, tools and settings, or ask"
              }
              value={words}
              spellCheck={false}
              autoFocus
              onChange={(event) => (setWords(event.target.value), setAt(0))}
              onKeyDown={onKeyDown}
            />
            <button type="button" aria-label="Esc, close the search" onClick={closeOverlay}>
              {coarse ? <X {...ICON} /> : <kbd>Esc</kbd>}
            </button>
          </div>
          <div ref={list} className={styles.list} role="listbox" id={id} aria-label="Found">
            {grouped(entries).map(([group, members]) => (
              <div key={group} role="group" aria-label={group}>
                <div className={styles.group} aria-hidden="true">
                  {group}
                </div>
                {members.map(({ entry, number }) => (
                  // Its keys are the field's: the focus stays there.
                  // oxlint-disable-next-line click-events-have-key-events
                  <div
                    key={entry.id}
                    id={`${id}-${number}`}
                    data-at={number}
                    role="option"
                    tabIndex={-1}
                    aria-selected={number === chosen}
                    className={styles.option}
                    onPointerMove={() => setAt(number)}
                    onClick={() => run(entry)}
                  >
                    {entry.icon}
                    <span className={styles.title}>
                      <Marked text={entry.title} words={entry.id === "ask" ? "" : words} />
                    </span>
                    <small>{entry.side}</small>
                  </div>
                ))}
              </div>
            ))}
          </div>
          <div className={styles.foot} aria-hidden="true">
            <span>
              <kbd>↑</kbd> <kbd>↓</kbd> choose
            </span>
            <span>
              <kbd>Enter</kbd> open
            </span>
            <span>
              <kbd>Ctrl Enter</kbd> ask
            </span>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function run(entry: Entry | undefined): void {
  if (!entry) return;
  closeOverlay();
  entry.act();
}

function Marked({ text, words }: { text: string; words: string }) {
  return (match(text, words) ?? [{ text, hit: false }]).map((piece, at) =>
    piece.hit ? <b key={at}>{piece.text}</b> : piece.text,
  );
}

function grouped(entries: Entry[]): [string, { entry: Entry; number: number }[]][] {
  const found = new Map<string, { entry: Entry; number: number }[]>();
  entries.forEach((entry, number) => {
    found.set(entry.group, [...(found.get(entry.group) ?? []), { entry, number }]);
  });
  return [...found];
}

/** All that fits, in the order in which it is shown. */
function useEntries(words: string): Entry[] {
  const waiting = useAttention();
  const apps = useApps();
  const owner = useAccount((state) => state.me?.role === "owner");
  const chats = useChats(words.trim());
  const tools = useTools(words.trim());
  const shown = useTheme((state) => state.shown);
  const choose = useTheme((state) => state.choose);
  return useMemo(() => {
    const other = shown === "dark" ? "light" : "dark";
    const fixed: Entry[] = [
      ...apps.map(({ id, title, says, Icon }) => ({
        id,
        group: "Apps",
        icon: <Icon {...ICON} />,
        title: `Open ${title}`,
        side: says,
        act: () => go(pathOf(id)),
      })),
      ...namesFor(owner).map(({ id, title }) => ({
        id: `pane ${id}`,
        group: "Settings",
        icon: <Settings {...ICON} />,
        title,
        side: "",
        act: () => go(`/settings/${id}`),
      })),
      {
        id: "notices",
        group: "Settings",
        icon: <Bell {...ICON} />,
        title: "Show the notices",
        side: "",
        act: () => useBell.setState({ open: true }),
      },
      {
        id: "colours",
        group: "Settings",
        icon: <Moon {...ICON} />,
        title: `Change to ${other} colours`,
        side: "",
        act: () => choose(other),
      },
    ];
    const fits = (each: Entry) => match(each.title, words) !== null;
    const found = fixed.filter((each) => fits(each) && (words.trim() || each.group === "Apps"));
    return [
      ...waiting.map(attending).filter(fits),
      ...chats,
      ...found.filter((each) => each.group === "Apps"),
      ...tools,
      ...found.filter((each) => each.group !== "Apps"),
      ...asking(words.trim()),
    ];
  }, [words, waiting, chats, apps, owner, tools, shown, choose]);
}

function attending(item: Attention): Entry {
  const { id, kind, title, short, path } = item;
  return {
    id,
    group: "Needs you",
    icon: <AttentionSign kind={kind} size={17} className={styles[kind]} />,
    title,
    side: askedOf(item) || short,
    act: () => go(path),
  };
}

function useChats(words: string): Entry[] {
  const { list } = useSessions();
  const wanted = useSettled(words, 150);
  const { data } = useQuery({
    queryKey: ["search", wanted],
    queryFn: ({ signal }) => search(wanted, signal),
    enabled: wanted.length > 1,
    placeholderData: (before) => before,
  });
  return useMemo(() => {
    const byTitle = list.filter(({ title }) => match(title, words) !== null);
    const seen = new Set(byTitle.map(({ id }) => id));
    // Each conversation once, by the best of what was said in it.
    const inside = (words ? (data?.hits ?? []) : []).filter(({ session }) => {
      const fresh = !seen.has(session);
      seen.add(session);
      return fresh;
    });
    return [
      ...byTitle.map(({ id, title, last_at }) => chat(id, title, last_at, chatPath(id))),
      ...inside.map((hit) => chat(hit.turn, hit.title, hit.at, chatPath(hit.session, hit.turn))),
    ].slice(0, words ? MOST_CHATS : 3);
  }, [list, data, words]);
}

function chat(id: string, title: string, at: number, path: string): Entry {
  return {
    id: `chat ${id}`,
    group: "Chats",
    icon: <MessageCircle {...ICON} />,
    title,
    side: moment(at),
    act: () => go(path),
  };
}

function asking(text: string): Entry[] {
  if (!text) return [];
  const act = () => {
    go(chatPath(null));
    useOutbox
      .getState()
      .post({ text, session: null, attachments: [] }, (accepted) =>
        settle("chat", chatPath(null), chatPath(accepted.session)),
      );
  };
  return [
    {
      id: "ask",
      group: "Ask",
      icon: <Sparkles {...ICON} />,
      title: `Ask Nexus “${text}”`,
      side: "Ctrl Enter",
      act,
    },
  ];
}
