/** Tables, task lists, strike-through and bare links: the reading half of remark-gfm, without writing. */
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
// Says which extensions the parser keeps in its data.
import type {} from "remark-parse";
import type { Processor } from "unified";

export function tablesAndMore(this: Processor): void {
  const data = this.data();
  (data.micromarkExtensions ??= []).push(gfm({ singleTilde: false }));
  (data.fromMarkdownExtensions ??= []).push(gfmFromMarkdown());
}
