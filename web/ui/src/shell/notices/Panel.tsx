import { BellOff, Check, CircleAlert, CircleX, Info, Unplug } from "lucide-react";

import type { NoticeView } from "../../generated";
import { Button, IconButton } from "../../kit/button";
import { Coded } from "../../kit/coded";
import { FactPage, Skeleton } from "../../kit/page";
import { visible } from "../../kit/visible";
import { useSessions } from "../../apps/chat/useSessions";
import { capital, clockSeconds, moment } from "../../kit/words";
import { go, partsOf } from "../router";
import styles from "./notices.module.css";
import { useBell, useNotices, useSee } from "./useNotices";

const ICON = { size: 16, strokeWidth: 1.75 } as const;

/** All that was told, what was told last first; what is new stays new until somebody says so. */
export default function Panel() {
  const { list, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useNotices();
  const see = useSee();
  const fresh = list.filter(isNew);
  const before = list.filter((each) => !isNew(each));
  return (
    <>
      <div className={styles.head}>
        <h2>Notices</h2>
        {fresh.length ? (
          <Button look="quiet" onClick={() => see.mutate(fresh.map(({ id }) => id))}>
            Mark all as seen
          </Button>
        ) : null}
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls takes keys */}
      <div className={styles.list} tabIndex={0} role="region" aria-label="All notices">
        {isPending ? <Skeleton /> : null}
        {error ? (
          <FactPage
            bad
            icon={<Unplug size={22} strokeWidth={1.75} aria-hidden />}
            title="The notices did not come"
            says={error.message}
          >
            <Button onClick={() => void refetch()}>Try again</Button>
          </FactPage>
        ) : null}
        {!isPending && !error && !list.length ? (
          <FactPage
            icon={<BellOff size={22} strokeWidth={1.75} aria-hidden />}
            title="No notices yet"
            says="Decisions that wait, messages that failed, models that do not answer and new logins will be here."
          />
        ) : null}
        <Group title="New" notices={fresh} onSee={(id) => see.mutate([id])} />
        <Group title="Before" notices={before} />
        {hasNextPage ? (
          <Button
            look="quiet"
            className={styles.more}
            busy={isFetchingNextPage && "Looking"}
            onClick={() => void fetchNextPage()}
          >
            Show older ones
          </Button>
        ) : null}
      </div>
    </>
  );
}

const isNew = ({ seen_at, ended_at }: NoticeView) => seen_at === null && ended_at === null;

interface GroupProps {
  title: string;
  notices: NoticeView[];
  onSee?: (id: string) => void;
}

function Group({ title, notices, onSee }: GroupProps) {
  if (!notices.length) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul>
        {notices.map((each) => (
          <Row key={each.id} notice={each} onSee={onSee} />
        ))}
      </ul>
    </section>
  );
}

function Row({ notice, onSee }: { notice: NoticeView; onSee: GroupProps["onSee"] }) {
  const { id, level, title, says, path } = notice;
  const within = useTitle(path);
  function open(): void {
    onSee?.(id);
    useBell.setState({ open: false });
    go(path);
  }
  return (
    <li className={styles.row} data-new={onSee ? "" : undefined}>
      <span className={styles[level]}>{signOf(level)}</span>
      <div className={styles.texts}>
        <b>{visible(title)}</b>
        {says ? (
          <p>
            <Coded text={says} />
          </p>
        ) : null}
        <small>{[whenOf(notice), ...aboutOf(notice), ...within].join(" · ")}</small>
        {path && onSee ? (
          <Button className={styles.open} onClick={open} aria-label={`Look at it: ${title}`}>
            Look at it
          </Button>
        ) : null}
      </div>
      {onSee ? (
        <IconButton label={`Mark as seen: ${title}`} onClick={() => onSee(id)}>
          <Check {...ICON} aria-hidden />
        </IconButton>
      ) : null}
    </li>
  );
}

function signOf(level: NoticeView["level"]) {
  const props = { ...ICON, role: "img", "aria-label": capital(level) } as const;
  if (level === "problem") return <CircleX {...props} />;
  return level === "warning" ? <CircleAlert {...props} /> : <Info {...props} />;
}

/** In which conversation it is, where the list knows it: two questions may read the same. */
function useTitle(path: string): string[] {
  const { list } = useSessions();
  if (!path.startsWith("/chat/")) return [];
  const title = list.find(({ id }) => id === partsOf(path).parts[0])?.title;
  return title ? [`in “${title}”`] : [];
}

/** When it was told; what waits for an answer to the second, for two may wait. */
function whenOf({ source, at, last_at }: NoticeView): string {
  if (source !== "approvals") return moment(last_at);
  return moment(at).replace(/[\d:]+$/, clockSeconds(at));
}

/** What is to be known of it beside its words. */
function aboutOf({ source, times, ended_at, seen_by }: NoticeView): string[] {
  return [
    capital(source),
    ...(times > 1 ? [`${times} times`] : []),
    ...(ended_at ? [`over since ${moment(ended_at).replace(/^today, /, "")}`] : []),
    ...(seen_by ? [`seen by ${seen_by}`] : []),
  ];
}
