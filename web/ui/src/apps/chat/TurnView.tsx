import { Brain, ChevronDown, ChevronRight, Info, RotateCcw } from "lucide-react";
import { Fragment, lazy, memo, Suspense, useCallback, useState } from "react";

import type { CallView, StepView } from "../../generated";
import { IconButton } from "../../kit/button";
import { useNow } from "../../kit/hooks";
import { Glyph } from "../../kit/state";
import { CopyButton } from "../../markdown/Code";
import { Markdown } from "../../markdown/Markdown";
import { Bubble } from "./Bubble";
import type { Shown } from "./feed";
import { progress } from "./progress";
import { ToolCard, WholeTurn } from "./ToolCard";
import styles from "./turn.module.css";
import { hasModel, Written } from "./Written";

// Seldom needed, so it is not part of what must be there before one can ask.
const ApprovalCard = lazy(() => import("./ApprovalCard"));
const TaskLink = lazy(() => import("./TaskLink"));

interface Props {
  turn: Shown;
  ahead: number;
  /** The newest turn, whose way on is offered. */
  last: boolean;
  onRetry: (turn: Shown) => void;
  onWhole: (turn: string) => Promise<void>;
}

/** A question and all that came of it. */
export const TurnView = memo(function TurnView({ turn, ahead, last, onRetry, onWhole }: Props) {
  const { answer, steps } = turn;
  const whole = useCallback(() => onWhole(turn.id), [onWhole, turn.id]);
  const end = steps.at(-1);
  // What the last step wrote is the answer: it stays where it is, and its words are shown once.
  const within = end && answer && isAnswer(end, turn) ? answer : null;
  const model = hasModel(steps);
  return (
    <div className={styles.turn} data-turn={turn.id} id={`turn-${turn.id}`}>
      <Bubble text={turn.question} attachments={turn.attachments} dim={turn.state === "queued"} />
      {turn.parent ? (
        <Suspense fallback={null}>
          <TaskLink to={turn.parent} up />
        </Suspense>
      ) : null}
      <article className={styles.answer} aria-label="Answer" aria-busy={turn.state === "working"}>
        <WholeTurn value={whole}>
          {steps.map((step) => (
            <Step
              key={step.step}
              step={step}
              text={step === end && within ? within.text : step.text}
              model={model}
              live={turn.state === "working" && step === end}
            />
          ))}
        </WholeTurn>
        {answer?.text && !within ? (
          <Words text={answer.text} model={model} open={turn.state !== "done"} />
        ) : null}
        {turn.notices.map((text) => (
          <p key={text} className={styles.notice}>
            <Info size={15} strokeWidth={1.75} aria-hidden />
            {text}
          </p>
        ))}
        <Meta turn={turn} ahead={ahead} last={last} onRetry={onRetry} />
      </article>
    </div>
  );
});

function isAnswer(step: StepView, turn: Shown): boolean {
  if (step.calls.length > 0) return false;
  return turn.answer?.outcome === "answered" || turn.answer?.text.startsWith(step.text) === true;
}

interface StepProps {
  step: StepView;
  text: string;
  model: boolean;
  live: boolean;
}

const Step = memo(function Step({ step, text, model, live }: StepProps) {
  const writing = live && step.calls.length === 0;
  return (
    <>
      {step.thinking ? <Thought text={step.thinking} live={writing && !step.text} /> : null}
      {text ? <Words text={text} model={model} open={writing} /> : null}
      {step.calls.map((call) => (
        <Fragment key={call.call_id}>
          {asked(call) ? null : <ToolCard call={call} />}
          {call.approval ? (
            <Suspense fallback={asked(call) ? <ToolCard call={call} /> : null}>
              <ApprovalCard approval={call.approval} />
            </Suspense>
          ) : null}
          {call.task ? (
            <Suspense fallback={null}>
              <TaskLink to={call.task} />
            </Suspense>
          ) : null}
        </Fragment>
      ))}
    </>
  );
});

/** Whether a person is asked about it: the card of that says all that its own would. */
const asked = (call: CallView) => call.state === "running" && call.approval?.state === "pending";

/** What was said: markdown if a language model had a part in it, else lines as they stand. */
function Words({ text, model, open }: { text: string; model: boolean; open: boolean }) {
  return model ? <Markdown text={text} open={open} /> : <Written text={text} />;
}

/** What the model thought, folded into one line. */
function Thought({ text, live }: { text: string; live: boolean }) {
  const [open, setOpen] = useState(false);
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <div className={styles.thought}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Brain size={15} strokeWidth={1.75} aria-hidden />
        {live ? "Thinking" : "Thought"}
        <Chevron size={15} strokeWidth={1.75} aria-hidden />
      </button>
      {open ? <p>{text}</p> : null}
    </div>
  );
}

function Meta({ turn, ahead, last, onRetry }: Omit<Props, "onWhole">) {
  const now = useNow(turn.state !== "done");
  const { work, words } = progress(turn, ahead, now);
  const over = turn.state === "done";
  const again = last && over && turn.question !== "";
  return (
    <div className={styles.meta}>
      <Glyph work={work} />
      {words.map((word, at) => (
        <span key={at} className={styles.word}>
          {word}
        </span>
      ))}
      {over ? (
        <span className={styles.acts}>
          {turn.answer?.text ? (
            <CopyButton text={turn.answer.text} label="Copy the answer" />
          ) : null}
          {again ? (
            <IconButton label="Ask again" onClick={() => onRetry(turn)}>
              <RotateCcw size={15} strokeWidth={1.75} aria-hidden />
            </IconButton>
          ) : null}
        </span>
      ) : null}
    </div>
  );
}
