import { ROLES, type Role } from './role.ts'

const WORDS: Readonly<Partial<Record<Role, string>>> = {
  dso: 'DSO',
  tso: 'TSO',
  'ev-charger': 'EV charger',
  'pv-inverter': 'PV inverter',
}

/** The role of this number of the contracts in words, without an article: `market operator`. */
export function roleWordsOf(number: number): string {
  const role = ROLES[number]
  if (role === undefined) return `role ${number}`
  return wordsOfRole(role)
}

/** A role in words, without an article. */
export function wordsOfRole(role: string): string {
  return WORDS[role as Role] ?? role.replaceAll('-', ' ')
}
