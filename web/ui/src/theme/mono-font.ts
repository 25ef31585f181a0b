import "@fontsource-variable/geist-mono/wght.css";
