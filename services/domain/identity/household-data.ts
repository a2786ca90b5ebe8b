/** What is known of a household, in the parts in which it is shown or kept back. */
export const HOUSEHOLD_PARTS = ['name', 'membership', 'quarter-hours', 'orders', 'statements', 'evidence'] as const
export type HouseholdPart = (typeof HOUSEHOLD_PARTS)[number]

/** What an api key may be made for: a part of household data, meter messages that were refused, devices, or work of its person. */
export const KEY_SCOPES = [
  ...HOUSEHOLD_PARTS.map((part) => `read:${part}` as const),
  'read:refusals',
  'ask:presentations',
  'import:meters',
  'read:devices',
  'run:devices',
  'command:devices',
] as const
export type KeyScope = (typeof KEY_SCOPES)[number]

/** A role of contracts/types/MarketRoles.sol in the market's words, such as `market-operator`, and the area in which it is held; 0 is every area. */
export type HeldRole = { readonly role: string; readonly area: number }

/** What a role's work needs of every household of its area; whoever is not named here sees nothing by a role. */
const PARTS_OF_ROLE: ReadonlyMap<string, readonly HouseholdPart[]> = new Map([
  ['community-manager', ['name', 'membership']],
  ['market-operator', ['membership', 'quarter-hours', 'orders', 'statements', 'evidence']],
  ['metering-operator', ['membership', 'quarter-hours']],
  ['dso', ['membership', 'quarter-hours']],
  ['auditor', ['membership', 'quarter-hours', 'orders', 'statements', 'evidence']],
])

const READ_REFUSALS = new Set(['community-manager', 'market-operator', 'metering-operator', 'auditor'])
const RUN_DEVICES = new Set(['metering-operator', 'platform-operator'])
const EVERY_AREA = 0

/** Whether one of the roles lets its holder read the part of every household in the area. */
export function mayReadByRole(roles: readonly HeldRole[], area: number, part: HouseholdPart): boolean {
  return roles.some(({ role, area: at }) => isWithin(at, area) && (PARTS_OF_ROLE.get(role) ?? []).includes(part))
}

/** Whether one of the roles lets its holder read the meter messages that were refused in the area. */
export function mayReadRefusals(roles: readonly HeldRole[], area: number): boolean {
  return roles.some(({ role, area: at }) => isWithin(at, area) && READ_REFUSALS.has(role))
}

/** Whether one of the roles lets its holder register devices of the area, and have what they sent decided on anew. */
export function mayRunDevices(roles: readonly HeldRole[], area: number): boolean {
  return roles.some(({ role, area: at }) => isWithin(at, area) && RUN_DEVICES.has(role))
}

/** Whether whoever holds the roles decides for a DSO of the area. */
export function mayBuyFlexibility(roles: readonly HeldRole[], area: number): boolean {
  return roles.some(({ role, area: at }) => isWithin(at, area) && role === 'dso')
}

/** Whether one of the roles lets its holder hand in meters of the area. */
export function mayImportMeters(roles: readonly HeldRole[], area: number): boolean {
  return roles.some(({ role, area: at }) => isWithin(at, area) && role === 'metering-operator')
}

function isWithin(at: number, area: number): boolean {
  return at === EVERY_AREA || at === area
}
