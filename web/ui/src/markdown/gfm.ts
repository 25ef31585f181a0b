/** Tables, task lists, strike-through and bare links: the reading half of remark-gfm, without writing. */
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import type { Processor } from "unified";

interface Extensions {
  micromarkExtensions?: unknown[];
  fromMarkdownExtensions?: unknown[];
}

/** A plugin of the parser, which hands itself over as `this`. */
export const tablesAndMore = function (this: Processor): void {
  const data = this.data() as Extensions;
  (data.micromarkExtensions ??= []).push(gfm({ singleTilde: false }));
  (data.fromMarkdownExtensions ??= []).push(gfmFromMarkdown());
};
