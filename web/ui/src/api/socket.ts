/** The one socket of a page: all that happens beside the conversation that is read. */
import { parsed } from "./legible";
import { doubt, hear, onBack } from "./silence";

interface Told {
  topic: string;
  event: string;
  data: unknown;
}

interface Listener {
  topic: string;
  told: (message: Told) => void;
  open: (now: boolean) => void;
}

const PAUSES = [1_000, 2_000, 5_000, 15_000];
/** How long a line that nobody listens to is kept: another window may open in a moment. */
const IDLE = 5_000;

const listeners = new Set<Listener>();
let socket: WebSocket | null = null;
let asked = new Set<string>();
let tries = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Follow a topic; `told` hears what is said, `open` whether anybody is there to say it. */
export function watch(
  topic: string,
  told: Listener["told"],
  open: Listener["open"] = () => undefined,
): () => void {
  const listener = { topic, told, open };
  listeners.add(listener);
  clearTimeout(timer);
  if (!socket) begin();
  else if (socket.readyState === WebSocket.OPEN) {
    subscribe();
    open(true);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size) return;
    clearTimeout(timer);
    timer = setTimeout(() => socket?.close(), IDLE);
  };
}

/** Ask for the topics that are listened to and were not asked for on this line. */
function subscribe(): void {
  const fresh = [...listeners].map(({ topic }) => topic).filter((topic) => !asked.has(topic));
  if (!fresh.length) return;
  for (const topic of fresh) asked.add(topic);
  socket!.send(JSON.stringify({ subscribe: [...new Set(fresh)] }));
}

function begin(): void {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const fresh = new WebSocket(`${scheme}://${location.host}/api/ws`);
  socket = fresh;
  asked = new Set();
  fresh.addEventListener("open", () => {
    tries = 0;
    subscribe();
    for (const each of listeners) each.open(true);
  });
  fresh.addEventListener("message", ({ data }) => {
    hear();
    const message = parsed(String(data)) as Told;
    for (const each of listeners) if (each.topic === message.topic) each.told(message);
  });
  fresh.addEventListener("close", () => {
    socket = null;
    for (const each of listeners) each.open(false);
    if (!listeners.size) return;
    doubt();
    clearTimeout(timer);
    timer = setTimeout(begin, PAUSES[Math.min(tries, PAUSES.length - 1)]);
    tries += 1;
  });
}

onBack(() => {
  if (socket || !listeners.size) return;
  clearTimeout(timer);
  begin();
});
