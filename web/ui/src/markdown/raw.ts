import type { Root } from "hast";
import { visit } from "unist-util-visit";

/** HTML that a model writes is shown as what it is: text. */
export function rawAsText() {
  return (tree: Root): void => {
    visit(tree, "raw", (node: { type: string }) => {
      node.type = "text";
    });
  };
}
