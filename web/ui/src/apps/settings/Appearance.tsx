import { useTheme, type Choice } from "../../theme/theme";
import { Says } from "./Rows";
import styles from "./settings.module.css";

const CHOICES: { value: Choice; label: string }[] = [
  { value: "system", label: "As the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

export function Appearance() {
  const choice = useTheme((state) => state.choice);
  const choose = useTheme((state) => state.choose);
  return (
    <>
      <Says>Kept in this browser.</Says>
      <fieldset className={styles.choices}>
        <legend>Colours</legend>
        {CHOICES.map(({ value, label }) => (
          <label key={value} data-on={value === choice || undefined}>
            <input
              type="radio"
              name="colours"
              checked={value === choice}
              onChange={() => choose(value)}
            />
            {label}
          </label>
        ))}
      </fieldset>
    </>
  );
}
