/** Times, sizes, amounts and names, worded the same everywhere. */

export function clock(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

export function clockSeconds(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}

/** How long, from milliseconds: `12 ms`, `4.2 s`, `11 s`, `1 min 20 s`. */
export function span(ms: number): string {
  if (ms < 95) return `${Math.max(Math.round(ms), 0)} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  return seconds(ms);
}

/** The same in whole seconds, for what is still counting. */
export function seconds(ms: number): string {
  const whole = Math.max(Math.floor(ms / 1_000), 0);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// Made once: to make one takes longer than to draw the line that it stands in.
const COUNT = new Intl.NumberFormat("en");

export function tokens(count: number): string {
  return counted(count, "token");
}

export function money(usd: number): string {
  if (usd === 0) return "$0";
  if (usd < 0.001) return "< $0.001";
  return `$${usd.toFixed(usd < 1 ? 3 : 2)}`;
}

export function size(bytes: number): string {
  if (bytes < 1_000) return `${Math.round(bytes)} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  const units = ["MB", "GB", "TB", "PB"];
  let value = bytes / 1_000_000;
  let at = 0;
  while (value >= 999.5 && at < units.length - 1) {
    value /= 1_000;
    at += 1;
  }
  return `${value < 99.95 ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}

/** How many of something: `1 service`, `3 services`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${COUNT.format(count)} ${count === 1 ? noun : plural}`;
}

/** A part of a hundred: `63 %`. */
export const percent = (value: number): string => `${Math.round(value)} %`;

/** Bytes a second. */
export function rate(bytes: number): string {
  return `${size(bytes)}/s`;
}

/** How long something has been there: `41 days`, `3 h`, `12 min`. */
export function age(secs: number): string {
  if (secs < 3_600) return `${Math.max(Math.floor(secs / 60), 0)} min`;
  if (secs < 172_800) return `${Math.floor(secs / 3_600)} h`;
  return counted(Math.floor(secs / 86_400), "day");
}

/** `docker_list` is what a program calls it; a person reads `Docker list`. */
export function toolName(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const PLACES: Record<string, string> = { "shell:sandbox": "the sandbox", "shell:host": "the host" };

/** What calls act on, for a sentence: `notes.txt, web`; the rules name it `file:notes.txt`. */
export function targetNames(targets: readonly string[]): string {
  return targets
    .map((each) => PLACES[each] ?? each.replace(/^(?:file|unit|container|image|project|host):/, ""))
    .join(", ");
}

export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Midnight before `at`. */
function day(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** Under which heading something of that time stands. */
export function ageGroup(at: number, now: number): string {
  const days = Math.round((day(now) - day(at)) / 86_400_000);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days < 7) return "This week";
  if (days < 14) return "Last week";
  if (days < 31) return "This month";
  return new Date(at).toLocaleDateString("en", { month: "long", year: "numeric" });
}

/** A day and time for lists: `today, 14:03`, `3 May, 14:03`. */
export function moment(at: number, now: number = Date.now()): string {
  const days = Math.round((day(now) - day(at)) / 86_400_000);
  if (days === 0) return `today, ${clock(at)}`;
  if (days === 1) return `yesterday, ${clock(at)}`;
  const same = new Date(at).getFullYear() === new Date(now).getFullYear();
  const date = new Date(at).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    ...(same ? {} : { year: "numeric" }),
  });
  return `${date}, ${clock(at)}`;
}
