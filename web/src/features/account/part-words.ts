import { HOUSEHOLD_PARTS, KEY_SCOPES } from '../../../../services/domain/identity/household-data.ts'

const WORDS: Readonly<Record<string, string>> = {
  name: 'name',
  membership: 'membership and balance',
  'quarter-hours': 'quarter-hours',
  orders: 'orders',
  statements: 'statements',
  evidence: 'evidence',
  refusals: 'refused meter messages',
  'ask:presentations': 'presentations of credentials',
  'import:meters': 'files of meters',
  devices: 'devices',
  'run:devices': 'registering devices',
  'command:devices': 'commands to devices',
}

/** A part of a home's data in words. */
export function partWords(part: string): string {
  return WORDS[part.replace(/^read:/, '')] ?? part
}

export const PART_CHOICES = HOUSEHOLD_PARTS.map((value) => ({ value, name: partWords(value) }))
export const SCOPE_CHOICES = KEY_SCOPES.map((value) => ({ value, name: partWords(value) }))
