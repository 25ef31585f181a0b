import { MessageCircle } from "lucide-react";

import { useState } from "react";

import styles from "./welcome.module.css";

const SUGGESTIONS = [
  "How much disk space is free?",
  "What is running on this machine?",
  "Which containers are running?",
  "What uses the most memory?",
];

/** An empty conversation: what can be asked here. */
export function Welcome({ name, onAsk }: { name: string; onAsk: (text: string) => void }) {
  const [hour] = useState(() => new Date().getHours());
  return (
    <div className={styles.page}>
      <div className={styles.inner}>
        <span className={styles.tile}>
          <MessageCircle size={22} strokeWidth={1.75} aria-hidden />
        </span>
        <h1>{greeting(hour, name)}</h1>
        <p>Ask about this server, in your own words. It answers from what is true on it.</p>
        <ul>
          {SUGGESTIONS.map((text) => (
            <li key={text}>
              <button type="button" onClick={() => onAsk(text)}>
                {text}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function greeting(hour: number, name: string): string {
  if (hour < 5 || hour >= 18) return `Good evening, ${name}`;
  return hour < 12 ? `Good morning, ${name}` : `Good afternoon, ${name}`;
}
