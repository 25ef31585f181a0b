import { useTheme, type Choice } from "../../theme/theme";
import { chooseWallpaper, useWallpaper, type Wallpaper } from "../../theme/wallpaper";
import { Says } from "./Rows";
import styles from "./settings.module.css";

const CHOICES: { value: Choice; label: string }[] = [
  { value: "system", label: "Like this device" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

const WALLPAPERS: { value: Wallpaper; label: string }[] = [
  { value: "hills", label: "Hills" },
  { value: "plain", label: "Plain" },
];

export function Appearance() {
  const choice = useTheme((state) => state.choice);
  const choose = useTheme((state) => state.choose);
  const wallpaper = useWallpaper((state) => state.wallpaper);
  return (
    <>
      <Says>Kept for you on this server, with your windows: the same in every browser.</Says>
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
      <fieldset className={styles.choices}>
        <legend>Behind the windows</legend>
        {WALLPAPERS.map(({ value, label }) => (
          <label key={value} data-on={value === wallpaper || undefined}>
            <input
              type="radio"
              name="wallpaper"
              checked={value === wallpaper}
              onChange={() => chooseWallpaper(value)}
            />
            {label}
          </label>
        ))}
      </fieldset>
    </>
  );
}
