/**
 * What needs this person, said at home, in the top bar, the dock and the tab's title: what waits
 * for their yes, and which stages stand still.
 *
 * It is handed what it needs: a chunk that shares nothing makes the first load no larger.
 */
import type { ask as Ask } from "../api/http";
import type { watch as Watch } from "../api/socket";
import type { ApprovalCard, ApprovalsShown } from "../generated";
import type { attend as Attend, Attention } from "./attention";

/** One that nobody decided leaves by itself, and nobody tells of each. */
const AGAIN = 30_000;
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

  async function again(): Promise<void> {
    do {
      stale = false;
      try {
        const { approvals } = await ask<ApprovalsShown>("/api/approvals");
        if (!ended) tell(approvals);
      } catch (problem) {
        // What is known goes on to be shown; the line to the server is told of elsewhere.
        if (!(problem instanceof Error) || problem.name !== "Problem") throw problem;
      }
    } while (stale && !ended);
    looking = null;
  }

  function lookAgain(): void {
    stale = true;
    looking ??= again();
  }

  function tell(approvals: readonly ApprovalCard[]): void {
    waiting = approvals.length;
    attend("approvals", approvals.map(item));
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

function item({ id, tool, command, session, turn }: ApprovalCard): Attention {
  const name = tool.replaceAll("_", " ");
  return {
    id: `approval ${id}`,
    kind: "waits",
    short: "Waits for you",
    title: `${name[0]!.toUpperCase()}${name.slice(1)} waits for your decision`,
    says: command,
    app: "chat",
    path: `/chat/${encodeURIComponent(session)}#turn-${turn}`,
  };
}
