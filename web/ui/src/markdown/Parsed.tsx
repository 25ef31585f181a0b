/**
 * Text of a model, which is hostile until shown to be harmless: no HTML, no images from anywhere,
 * links only to where a person can see. Finished blocks are parsed once.
 */
import { memo, useEffect, useMemo, useRef, useState } from "react";
import ReactMarkdown, { type Components, type Options } from "react-markdown";
import rehypeSanitize, { defaultSchema } from "rehype-sanitize";

import { Code, Unfinished } from "./Code";
import { Formula } from "./Formula";
import { tablesAndMore } from "./gfm";
import styles from "./markdown.module.css";
import { mayHoldMath, toDollars } from "./math";
import { mended } from "./mend";
import { PictureLink, SafeLink } from "./links";
import { rawAsText } from "./raw";
import { blocks } from "./split";

/** From here on the open tail is parsed only ten times a second. */
const LARGE = 20_000;
const LARGE_PAUSE = 100;

const SCHEMA = {
  ...defaultSchema,
  protocols: { href: ["http", "https", "mailto"], src: ["http", "https"] },
  attributes: {
    ...defaultSchema.attributes,
    code: [["className", /^language-./, "math-inline", "math-display"]],
  },
} satisfies typeof defaultSchema;

const COMPONENTS: Components = {
  a: ({ href, children }) => <SafeLink href={href}>{children}</SafeLink>,
  img: ({ src, alt }) => <PictureLink src={src} alt={alt} />,
  pre: ({ children }) => <>{children}</>,
  code: ({ className, children }) => {
    const text = typeof children === "string" ? children : "";
    const kind = className ?? "";
    if (kind.includes("math-")) return <Formula tex={text} display={kind.includes("display")} />;
    // A fenced block ends with a line break, code within a line never does.
    const block = kind.startsWith("language-") || text.endsWith("\n");
    if (!block) return <code className={styles.inline}>{children}</code>;
    return (
      <Code text={text.replace(/\n$/, "")} language={/language-(\S+)/.exec(kind)?.[1] ?? ""} />
    );
  },
  table: ({ children }) => (
    // A wide table scrolls by itself, also by keyboard.
    <div className={styles.table} tabIndex={0} role="region" aria-label="Table">
      <table>{children}</table>
    </div>
  ),
};

type Plugins = NonNullable<Options["remarkPlugins"]>;
type Math = typeof import("remark-math").default;
const PLAIN: Plugins = [tablesAndMore];
const REHYPE: NonNullable<Options["rehypePlugins"]> = [rawAsText, [rehypeSanitize, SCHEMA]];

interface Props {
  text: string;
  /** Whether more is to come. */
  open: boolean;
}

export default function Parsed({ text, open }: Props) {
  const calm = useCalm(text, open);
  const parts = useMemo(() => blocks(calm), [calm]);
  return (
    <div className={open ? `${styles.prose} ${styles.open}` : styles.prose}>
      {parts.map((part, at) => (
        <Block key={at} text={part} open={open && at === parts.length - 1} />
      ))}
    </div>
  );
}

const Block = memo(function Block({ text, open }: { text: string; open: boolean }) {
  const formulas = useMemo(() => mayHoldMath(text), [text]);
  const math = useMath(formulas);
  const shown = open ? mended(text) : text;
  return (
    <Unfinished value={open}>
      <ReactMarkdown
        remarkPlugins={
          formulas && math ? [...PLAIN, [math, { singleDollarTextMath: false }]] : PLAIN
        }
        rehypePlugins={REHYPE}
        components={COMPONENTS}
      >
        {formulas && math ? toDollars(shown) : shown}
      </ReactMarkdown>
    </Unfinished>
  );
});

let mathPlugin: Math | null = null;

async function loadMath(): Promise<Math> {
  mathPlugin ??= (await import("remark-math")).default;
  return mathPlugin;
}

/** The parser of formulas, loaded with the first one. */
function useMath(wanted: boolean): Math | null {
  const [plugin, setPlugin] = useState(() => mathPlugin);
  useEffect(() => {
    if (!wanted || plugin) return undefined;
    let here = true;
    void loadMath().then((found) => {
      if (here) setPlugin(() => found);
      return found;
    });
    return () => {
      here = false;
    };
  }, [wanted, plugin]);
  return plugin;
}

/** The text itself; while a large tail grows, only what it was at the last tenth of a second. */
function useCalm(text: string, open: boolean): string {
  const [calm, setCalm] = useState(text);
  const last = useRef(0);
  const large = open && text.length > LARGE;
  useEffect(() => {
    if (!large) return undefined;
    const wait = Math.max(last.current + LARGE_PAUSE - performance.now(), 0);
    const timer = setTimeout(() => {
      last.current = performance.now();
      setCalm(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [large, text]);
  return large && text.startsWith(calm) ? calm : text;
}
