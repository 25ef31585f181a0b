/** Sets formulas; a chunk of its own, loaded with the first one. */
import { render } from "katex";
import "katex/dist/katex.min.css";
import { memo, useLayoutEffect, useRef } from "react";

interface Props {
  tex: string;
  display: boolean;
}

export default memo(function Typeset({ tex, display }: Props) {
  const place = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    // Builds elements one by one: no HTML text, no style attribute for the content policy to refuse.
    render(tex, place.current!, {
      displayMode: display,
      throwOnError: false,
      trust: false,
      strict: "ignore",
      maxSize: 20,
      maxExpand: 200,
    });
  }, [tex, display]);
  return <span ref={place} />;
});
