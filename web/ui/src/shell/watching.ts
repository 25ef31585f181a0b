/**
 * What needs this person, said at home, in the top bar, the dock and the tab's title: what waits
 * for their yes, and which stages stand still.
 *
 * It is handed what it needs: a chunk that shares nothing makes the first load no larger.
 */
import type { ask as Ask } from "../api/http";
import type { watch as Watch } from "../api/socket";
import type { ApprovalCard, ApprovalsShown, Sessions } from "../generated";
import { targetNames, toolName } from "../kit/words";
import type { attend as Attend, Attention } from "./attention";

/** One that nobody decided leaves by itself, and nobody tells of each. */
const AGAIN = 30_000;
const SESSIONS = "/api/sessions?limit=50";
const COUNTED = /^\(\d+\) /;

/** Begin to look; returns how to end. Only who runs this server is told of the stages. */
export function look(
  ask: typeof Ask,
  watch: typeof Watch,
  attend: typeof Attend,
  owner: boolean,
): () => void {
  const ends = [requests(ask, watch, attend)];
  if (owner) ends.push(health(watch, attend));
  return () => ends.forEach((end) => end());
}

function health(watch: typeof Watch, attend: typeof Attend): () => void {
  const end = watch("system", ({ data }) => attend("stages", stopped(data as System)));
  return () => {
    end();
    attend("stages", []);
  };
}

interface System {
  stages: Record<string, boolean>;
}

function stopped({ stages }: System): Attention[] {
  return Object.entries(stages)
    .filter(([, reads]) => !reads)
    .map(([stage]) => ({
      id: `stage ${stage}`,
      kind: "stopped",
      short: `${stage} stopped`,
      title: `The stage ${stage} stands still`,
      says: "Messages wait before it. Nothing is lost; they go on when it runs again.",
      app: "pipeline",
      path: "/pipeline",
    }));
}

/** Look whenever something is asked, said or answered. */
function requests(ask: typeof Ask, watch: typeof Watch, attend: typeof Attend): () => void {
  let ended = false;
  let looking: Promise<void> | null = null;
  let stale = false;
  const titleOf = new Map<string, string>();

  async function again(): Promise<void> {
    do {
      stale = false;
      try {
        const { approvals } = await ask<ApprovalsShown>("/api/approvals");
        await learnTitles(approvals);
        if (!ended) tell(approvals);
      } catch (problem) {
        // What is known goes on to be shown; the line to the server is told of elsewhere.
        if (!(problem instanceof Error) || problem.name !== "Problem") throw problem;
      }
    } while (stale && !ended);
    looking = null;
  }

  /** What the conversations are called in which something waits. */
  async function learnTitles(approvals: readonly ApprovalCard[]): Promise<void> {
    if (approvals.every((each) => titleOf.has(each.session))) return;
    const { sessions } = await ask<Sessions>(SESSIONS);
    for (const { id, title } of sessions) titleOf.set(id, title);
    // One that is not among the last ones is not asked for each time.
    for (const { session } of approvals) if (!titleOf.has(session)) titleOf.set(session, "");
  }

  function lookAgain(): void {
    stale = true;
    looking ??= again();
  }

  function tell(approvals: readonly ApprovalCard[]): void {
    waiting = approvals.length;
    attend(
      "approvals",
      approvals.map((each) => item(each, titleOf.get(each.session) ?? "")),
    );
    count();
  }

  const unwatch = watch("sessions", lookAgain, (open) => open && lookAgain());
  const timer = setInterval(lookAgain, AGAIN);
  // Whoever names the page anew does not know of the count.
  const titles = new MutationObserver(count);
  titles.observe(document.querySelector("title")!, { childList: true });
  lookAgain();
  return () => {
    ended = true;
    unwatch();
    clearInterval(timer);
    titles.disconnect();
    tell([]);
  };
}

let waiting = 0;

function count(): void {
  const name = document.title.replace(COUNTED, "");
  const title = waiting ? `(${waiting}) ${name}` : name;
  if (title !== document.title) document.title = title;
}

function item(card: ApprovalCard, title: string): Attention {
  const { id, tool, command, targets, session, turn, asked_at } = card;
  const on = targets.length ? ` on ${targetNames(targets)}` : "";
  return {
    id: `approval ${id}`,
    kind: "waits",
    short: "Waits for you",
    title: `${toolName(tool)}${on} waits for your decision`,
    says: command,
    asked: { at: asked_at, in: title || undefined },
    app: "chat",
    path: `/chat/${encodeURIComponent(session)}#turn-${turn}`,
  };
}
