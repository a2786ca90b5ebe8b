import { useState } from 'react'
import { applyTheme, readTheme, type Theme } from '../lib/theme.ts'
import { ChoiceGroup } from '../ui/ChoiceGroup.tsx'

const CHOICES = [
  { value: 'system', name: 'Auto' },
  { value: 'light', name: 'Light' },
  { value: 'dark', name: 'Dark' },
] as const

/** Light, dark, or as the device says. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(readTheme)
  const choose = (chosen: Theme) => {
    applyTheme(chosen)
    setTheme(chosen)
  }
  return <ChoiceGroup label="Colours" choices={CHOICES} value={theme} onChange={choose} />
}
