/** How hard a password is to guess, roughly: enough to warn, never to promise. */

export interface Strength {
  /** 0 too short, 1 weak, 2 fair, 3 strong. */
  level: 0 | 1 | 2 | 3;
  word: string;
}

export const SHORTEST = 10;

const ROWS = ["abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "0123456789"];
const COMMON = `password passwort letmein welcome admin qwerty iloveyou monkey dragon secret master
  login livos nexus server changeme`.split(/\s+/);

/** Judge a password; `names` are words that others know, as the person's own name. */
export function strength(password: string, names: string[] = []): Strength {
  const length = Array.from(password).length;
  if (length < SHORTEST) {
    const left = SHORTEST - length;
    return { level: 0, word: `${left} more ${left === 1 ? "character" : "characters"} needed` };
  }
  const bits = guesses(password.toLowerCase(), names);
  if (bits < 40) return { level: 1, word: "Easy to guess" };
  if (bits < 60) return { level: 2, word: "Fair; a longer one is better" };
  return { level: 3, word: "Strong" };
}

/** Bits of what is left when known words, rows of keys and repeats count for little. */
function guesses(text: string, names: string[]): number {
  let bits = 0;
  let rest = text;
  for (const word of [...COMMON, ...names.map((each) => each.toLowerCase())]) {
    if (word.length > 2 && rest.includes(word)) {
      rest = rest.replaceAll(word, "");
      bits += 8;
    }
  }
  const kinds = [/[a-z]/, /\d/, /[^a-z\d]/].filter((kind) => kind.test(rest)).length;
  const each = [0, 3.5, 4.2, 4.6][kinds] ?? 0;
  const signs = Array.from(rest);
  signs.forEach((sign, at) => {
    const before = signs[at - 1];
    bits += before !== undefined && follows(before, sign) ? 0.7 : each;
  });
  return Math.min(bits, new Set(signs).size * 6 + 8);
}

function follows(one: string, other: string): boolean {
  if (one === other) return true;
  return ROWS.some((row) => row.includes(one + other) || row.includes(other + one));
}
