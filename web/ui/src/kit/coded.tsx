import { Fragment } from "react";

import { visible } from "./visible";

/** A sentence of the server's; what stands in backticks is shown as what one types. */
export function Coded({ text }: { text: string }) {
  const parts = visible(text).split(/`([^`\n]+)`/);
  return parts.map((part, at) => (
    // oxlint-disable-next-line react/no-array-index-key -- the parts of one text have only their place
    <Fragment key={at}>{at % 2 ? <code>{part}</code> : part}</Fragment>
  ));
}
