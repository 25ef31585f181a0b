/** Following a pointer from its press to its end, at most once per frame. */

interface Drag {
  /** How far it went since the press, and where it is. */
  move: (dx: number, dy: number, at: { x: number; y: number }) => void;
  /** `kept` is false when it was called off: by Esc, or by the system. */
  end: (kept: boolean) => void;
}

/** Begin at a press; nothing is called before the pointer has moved 3 px. */
export function follow(press: PointerEvent, target: HTMLElement, begin: () => Drag): void {
  const { pointerId, clientX, clientY } = press;
  let drag: Drag | null = null;
  let frame = 0;
  let last = press;

  const step = () => {
    frame = 0;
    drag?.move(last.clientX - clientX, last.clientY - clientY, {
      x: last.clientX,
      y: last.clientY,
    });
  };

  const onMove = (event: PointerEvent) => {
    if (event.pointerId !== pointerId) return;
    last = event;
    if (!drag) {
      if (Math.hypot(event.clientX - clientX, event.clientY - clientY) < 3) return;
      drag = begin();
      // Frames of other pages would swallow the pointer.
      document.documentElement.dataset["dragging"] = "";
    }
    frame ||= requestAnimationFrame(step);
  };

  const finish = (kept: boolean) => {
    if (frame) {
      cancelAnimationFrame(frame);
      if (kept) step();
    }
    target.removeEventListener("pointermove", onMove);
    target.removeEventListener("pointerup", onUp);
    target.removeEventListener("pointercancel", onCancel);
    removeEventListener("keydown", onKey, true);
    delete document.documentElement.dataset["dragging"];
    drag?.end(kept);
  };

  const onUp = (event: PointerEvent) => {
    if (event.pointerId !== pointerId) return;
    last = event;
    if (drag) frame ||= requestAnimationFrame(step);
    finish(true);
  };
  const onCancel = () => finish(false);
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    finish(false);
  };

  target.setPointerCapture(pointerId);
  target.addEventListener("pointermove", onMove);
  target.addEventListener("pointerup", onUp);
  target.addEventListener("pointercancel", onCancel);
  addEventListener("keydown", onKey, true);
}
