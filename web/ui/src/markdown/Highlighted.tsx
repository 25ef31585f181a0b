/** Colours code; a chunk of its own, loaded with the first block. */
import type { ElementContent, RootContent } from "hast";
import { common, createLowlight } from "lowlight";
import { Fragment, memo, useMemo, type ReactNode } from "react";

import "./highlight.css";

const lowlight = createLowlight(common);

interface Props {
  text: string;
  language: string;
}

export default memo(function Highlighted({ text, language }: Props) {
  return useMemo(() => {
    if (!lowlight.registered(language)) return <>{text}</>;
    return <>{shown(lowlight.highlight(language, text).children)}</>;
  }, [text, language]);
});

function shown(nodes: (RootContent | ElementContent)[]): ReactNode[] {
  return nodes.map((node, at) => {
    if (node.type === "text") return <Fragment key={at}>{node.value}</Fragment>;
    if (node.type !== "element") return null;
    const names = node.properties["className"];
    return (
      <span key={at} className={Array.isArray(names) ? names.join(" ") : undefined}>
        {shown(node.children)}
      </span>
    );
  });
}
