/** Colours of lines, told apart by those who see colours differently too (after Okabe and Ito, 2008). */
export const PALETTE = [
  { name: 'c0', light: '#0063a8', dark: '#5ab4f0' },
  { name: 'c1', light: '#c75000', dark: '#ff9a4d' },
  { name: 'c2', light: '#00805c', dark: '#35cfa0' },
  { name: 'c3', light: '#a8407f', dark: '#ec8fc6' },
  { name: 'c4', light: '#8a6d00', dark: '#e6cf3f' },
  { name: 'c5', light: '#5b4bb5', dark: '#a99bff' },
  { name: 'c6', light: '#b3261e', dark: '#ff8a80' },
  { name: 'c7', light: '#4b5563', dark: '#b4bcc8' },
] as const;

const light = { text: '#1d232b', muted: '#5c6672', grid: '#dfe3e8', page: '#ffffff', panel: '#f5f7f9' };
const dark = { text: '#e4e8ed', muted: '#9aa4b0', grid: '#333b45', page: '#14181d', panel: '#1c2229' };

/** Variables with all colours for the elements that a selector names, for light and for dark surroundings. */
export function paletteCss(selector: string): string {
  const lines = (mode: 'light' | 'dark') =>
    PALETTE.map((color) => `--${color.name}:${color[mode]}`).join(';');
  const rest = (colors: Record<string, string>) =>
    Object.entries(colors)
      .map(([name, color]) => `--${name}:${color}`)
      .join(';');
  return (
    `${selector}{${rest(light)};${lines('light')}}\n` +
    `@media(prefers-color-scheme:dark){${selector}{${rest(dark)};${lines('dark')}}}`
  );
}
