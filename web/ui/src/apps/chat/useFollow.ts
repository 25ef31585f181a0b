import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

const NEAR = 64;

export interface Follow {
  scroller: RefObject<HTMLDivElement | null>;
  inner: RefObject<HTMLDivElement | null>;
  /** New text came while the reader was elsewhere. */
  more: boolean;
  onScroll: () => void;
  toEnd: () => void;
}

/**
 * Stay at the end while text arrives, but only for a reader who is there; never move another.
 *
 * `place` is what is read (another one begins at its end), `beat` changes when something came,
 * `first` is the first thing shown (older ones put before it move nobody).
 */
export function useFollow(place: string, beat: unknown, first: string | undefined): Follow {
  const scroller = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const top = useRef(0);
  const [more, setMore] = useState(false);

  const toEnd = useCallback(() => {
    following.current = true;
    setMore(false);
    const box = scroller.current;
    if (box) box.scrollTop = box.scrollHeight;
  }, []);

  const onScroll = useCallback(() => {
    const box = scroller.current!;
    const gap = box.scrollHeight - box.scrollTop - box.clientHeight;
    // Our own scrolling is told late, when more may have come: only moving up is leaving.
    if (gap <= NEAR) {
      following.current = true;
      setMore(false);
    } else if (box.scrollTop < top.current) {
      following.current = false;
    }
    top.current = box.scrollTop;
  }, []);

  useLayoutEffect(toEnd, [place, toEnd]);

  useEffect(() => {
    const watch = new ResizeObserver(() => {
      const box = scroller.current;
      if (following.current && box) box.scrollTop = box.scrollHeight;
    });
    watch.observe(inner.current!);
    watch.observe(scroller.current!);
    return () => watch.disconnect();
  }, []);

  const seen = useRef(beat);
  useEffect(() => {
    if (seen.current !== beat && !following.current) setMore(true);
    seen.current = beat;
  }, [beat]);

  useAnchor(scroller, place, first);
  return { scroller, inner, more, onScroll, toEnd };
}

/** Keep what is read where it is when something is put before it. */
function useAnchor(box: RefObject<HTMLDivElement | null>, place: string, top: string | undefined) {
  const before = useRef<{ place: string; top: string } | null>(null);
  useLayoutEffect(() => {
    const old = before.current;
    const element = box.current;
    if (!element) return;
    if (old && top && old.place === place && old.top !== top) {
      const first = element.querySelector(`[data-turn="${CSS.escape(old.top)}"]`);
      const list = element.querySelector("[data-turn]");
      if (first && list) {
        const pushed = first.getBoundingClientRect().top - list.getBoundingClientRect().top;
        if (element.scrollTop < pushed) element.scrollTop += pushed;
      }
    }
    before.current = top ? { place, top } : null;
  }, [box, place, top]);
}
