import { Search } from "lucide-react";

import styles from "./system.module.css";

interface Props {
  value: string;
  onChange: (value: string) => void;
  /** How many are left. */
  says: string;
}

/** Fewer rows by a few letters. */
export function Filter({ value, onChange, says }: Props) {
  return (
    <div className={styles.filter}>
      <label>
        <Search size={15} strokeWidth={1.75} aria-hidden />
        <span className="unseen">Filter</span>
        <input
          type="search"
          placeholder="Filter"
          value={value}
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      </label>
      <span role="status">{says}</span>
    </div>
  );
}
