/** Which files the page is built into: what is needed together comes in one, before it is asked for. */
import { join } from "node:path";

import type { Plugin } from "vite";

interface Info {
  readonly id: string;
  readonly importedIds: readonly string[];
  readonly dynamicallyImportedIds: readonly string[];
}

interface Context {
  getModuleInfo(id: string): Info | null;
}

const START = join(import.meta.dirname, "src/main.tsx");

/**
 * Each file is the modules that fit, with all that they import, less what an earlier one has: the
 * login; the desktop with the chat in it; what comes when those can be used.
 */
const FILES: readonly (readonly [string, RegExp])[] = [
  ["first", /\/src\/main\.tsx$/],
  ["desk", /\/src\/(?:shell\/(?:Shell|Phone)|apps\/chat\/Chat)\.tsx$/],
  [
    "later",
    /\/src\/(?:shell\/(?:Later|watching|Palette|KeyTable|notices\/(?:Bell|Panel)|widgets\/Widgets)|apps\/chat\/(?:ApprovalCard|SessionAsk)|kit\/(?:menuParts|dialog|toast))\.tsx?$/,
  ],
];

/** For the bundler: the files, the first before the others; of what is left it may choose. */
export function groups() {
  let found: ReadonlyMap<string, string> | null = null;
  return FILES.map(([file], at) => ({
    debugName: file,
    priority: FILES.length - at,
    name: (id: string, context: Context) =>
      (found ??= assigned(context)).get(id) === file ? file : null,
  }));
}

function assigned(context: Context): ReadonlyMap<string, string> {
  const all = reached([START], (info) => [...info.importedIds, ...info.dynamicallyImportedIds]);
  const found = new Map<string, string>();
  for (const [name, fits] of FILES) {
    const seeds = [...all].filter((id) => fits.test(id));
    for (const id of reached(seeds, (info) => info.importedIds)) {
      if (!found.has(id)) found.set(id, name);
    }
  }
  return found;

  function reached(seeds: readonly string[], next: (info: Info) => readonly string[]) {
    const seen = new Set<string>();
    const todo = [...seeds];
    for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      const info = context.getModuleInfo(id);
      if (info) todo.push(...next(info));
    }
    return seen;
  }
}

/** Has the desktop fetched with the page: nearly all who come are logged in, or soon will be. */
export function ahead(): Plugin {
  return {
    name: "ahead",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (_, { bundle = {} }) =>
        Object.keys(bundle).flatMap((name) => {
          const href = `/${name}`;
          if (/^assets\/desk-.*\.js$/.test(name)) return link({ rel: "modulepreload", href });
          if (!/^assets\/desk-.*\.css$/.test(name)) return [];
          return link({ rel: "preload", as: "style", href });
        }),
    },
  };
}

const link = (attrs: Record<string, string>) => [
  { tag: "link", attrs: { ...attrs, crossorigin: true }, injectTo: "head" as const },
];
