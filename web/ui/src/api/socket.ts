/** The one socket of a page: what happens beside the conversation that is read. */

interface Told {
  topic: string;
  event: string;
  data: unknown;
}

const PAUSES = [1_000, 2_000, 5_000, 15_000];

/** Follow topics until closed; `told` hears what is said, `open` whether anybody is there to say it. */
export function watch(
  topics: string[],
  told: (message: Told) => void,
  open: (now: boolean) => void,
): () => void {
  let closed = false;
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let socket: WebSocket | null = null;

  function begin(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const fresh = new WebSocket(`${scheme}://${location.host}/api/ws`);
    socket = fresh;
    fresh.addEventListener("open", () => {
      tries = 0;
      fresh.send(JSON.stringify({ subscribe: topics }));
      open(true);
    });
    fresh.addEventListener("message", ({ data }) => told(JSON.parse(String(data)) as Told));
    fresh.addEventListener("close", () => {
      open(false);
      if (closed) return;
      timer = setTimeout(begin, PAUSES[Math.min(tries, PAUSES.length - 1)]);
      tries += 1;
    });
  }

  begin();
  return () => {
    closed = true;
    clearTimeout(timer);
    socket?.close();
  };
}
