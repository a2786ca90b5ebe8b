export type Theme = 'light' | 'dark' | 'system'

const KEY = 'commonwatt-theme'

/** The reader's choice of colours, kept in this browser; `system` follows the device. */
export function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEY)
    return kept === 'light' || kept === 'dark' ? kept : 'system'
  } catch {
    // A browser that keeps nothing for this page still shows it.
    return 'system'
  }
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // As above: the choice then lasts as long as the page.
  }
}
